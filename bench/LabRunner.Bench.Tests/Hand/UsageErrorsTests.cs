namespace LabRunner.Bench.Tests.Hand;

/// <summary>A command line that cannot be read is answered in a few lines that end with where the help is.</summary>
[CancelAfter(60_000)]
public sealed class UsageErrorsTests
{
    private CommandBench _place;

    [SetUp]
    public void SetUp() => _place = new CommandBench();

    [TearDown]
    public void TearDown() => _place.Dispose();

    [TestCase("nigth", "night", "./lab --help")]
    [TestCase("night --seed x", "a whole number.", "./lab night --help")]
    [TestCase("power p1 sideways", "sideways", "./lab power --help")]
    [TestCase("press p1 --ms 100ms", "--ms: '100ms' is no number. Write one from 0.1 to 600000, without a unit.", "./lab press --help")]
    [TestCase("inject p1 --watts NaN", "--watts: NaN is outside 0 to 100000.", "./lab inject --help")]
    [TestCase("image inspect", "file", "./lab image inspect --help")]
    public async Task Usage_Mistake_IsAnsweredInAFewLines(string line, string said, string help, CancellationToken token)
    {
        (int code, string output, string errors) = await _place.RunAsync(token, line.Split(' '));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(64));
            Assert.That(output, Is.Empty);
            Assert.That(errors, Does.Contain(said).And.Contain(help).And.Not.Contain("System."));
            Assert.That(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.LessThanOrEqualTo(5));
        }
    }
}
