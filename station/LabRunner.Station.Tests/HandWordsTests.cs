using System.Diagnostics;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>What verbs that hold a slot by hand say where a station does the work: when power goes again, and why a plug answers nothing.</summary>
[CancelAfter(240_000)]
public sealed class HandWordsTests
{
    private StationProgram _program;

    [SetUp]
    public void SetUp() => _program = new StationProgram();

    [TearDown]
    public ValueTask TearDownAsync() => _program.DisposeAsync();

    [Test]
    public async Task Verbs_SayWhatBecomesOfThePower(CancellationToken cancellationToken)
    {
        (Process station, HttpClient client) = await _program.ServeAsync(new Dictionary<string, string>(), cancellationToken);
        using (client)
        {
            await TestStation.UntilAsync(() => _program.Log.Any(l => l.Contains("5 slots are watched", StringComparison.Ordinal)));
            string inject = await SaidAsync("inject p2 --watts 60 --for 0.1s", cancellationToken);
            string press = await SaidAsync("press p2", cancellationToken);
            string timed = await SaidAsync("power p1 on --for 500s", cancellationToken);
            string open = await SaidAsync("power p1 on", cancellationToken);
            string json = await SaidAsync("power p1 on --json", cancellationToken);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(inject, Does.StartWith("p2 has no power, so that it reads nothing: ./lab power p2 on gives it some."));
                Assert.That(press, Does.StartWith("p2: the station gives it power for the press and waits for the DUT."));
                Assert.That(timed, Does.Contain("The station holds it for 500 s; then it goes off."));
                Assert.That(open, Does.Contain("The station holds it until ./lab power p1 off, a run, or its own end."));
                Assert.That(json, Does.StartWith("{").And.Not.Contain("holds"));
                Assert.That(station.HasExited, Is.False);
            }
        }
    }

    private async Task<string> SaidAsync(string line, CancellationToken cancellationToken) => (await _program.RunAsync(line, cancellationToken)).Output;
}
