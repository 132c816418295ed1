using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Nights;

/// <summary>Nights that go wrong: a clear sentence, the right exit code, outputs off, a readable journal.</summary>
[Category("night")]
[NonParallelizable]
public sealed class BrokenNightTests
{
    [TestCase("INT")]
    [TestCase("TERM")]
    [TestCase("HUP")]
    [CancelAfter(120_000)]
    public async Task Interrupt_InTheMiddle_EndsSafeWithAReport(string signal, CancellationToken cancellationToken)
    {
        using NightProcess night = NightProcess.Start("night", "--slots", "p1", "--out", "{out}");
        await night.LineAsync("S17", cancellationToken);

        night.Signal(signal);
        int code = await night.EndAsync(cancellationToken);

        RunRecord run = RunReader.Read(night.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(130), night.Output);
            Assert.That(run.Outcome, Does.StartWith("aborted"));
            Assert.That(Path.Combine(night.Folder, "report", "index.html"), Does.Exist);
            Assert.That(night.Output, Does.Not.Contain("   at LabRunner"));
        }
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Kill_InTheMiddle_TheGuardSwitchesOffAndTheJournalReads(CancellationToken cancellationToken)
    {
        using NightProcess night = NightProcess.Start("night", "--slots", "p1", "--out", "{out}");
        PlugEcho echo = await PlugEcho.OfAsync(night, "p1", cancellationToken);
        await night.LineAsync("S17", cancellationToken);
        bool upBefore = await echo.WaitAsync(answering: true, cancellationToken);

        night.Signal("KILL");
        await night.EndAsync(cancellationToken);
        bool offAfter = await echo.WaitAsync(answering: false, cancellationToken);

        RunRecord run = RunReader.Read(night.Folder);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(upBefore, Is.True, "the plug must run before");
            Assert.That(offAfter, Is.True, "the guard must have cut the power");
            Assert.That(run.Slots, Has.Count.EqualTo(1));
            Assert.That(run.Outcome, Is.Null);
        }
    }

    [TestCase("--bench", "no-such-bench", 65)]
    [TestCase("--plan", "no-such-plan", 65)]
    [TestCase("--slots", "p9", 64)]
    [TestCase("--time-scale", "5000", 64)]
    [TestCase("--no-such-option", "1", 64)]
    [TestCase("--slots", "", 64)]
    [TestCase("--out", "", 64)]
    [CancelAfter(60_000)]
    public async Task Start_WithWrongArguments_SaysWhatIsWrong(string option, string value, int expected, CancellationToken cancellationToken)
    {
        using NightProcess night = NightProcess.Start("night", option, value);

        int code = await night.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(expected), night.Output);
            Assert.That(night.Output, Does.Contain(value.Length > 1 ? value : option));
            Assert.That(night.Output, Does.Not.Contain("   at "));
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Start_WithARunFolderThatCannotBeWritten_IsABenchFault(CancellationToken cancellationToken)
    {
        using NightProcess night = NightProcess.Start("night", "--out", "/proc/labrunner");

        int code = await night.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(3), night.Output);
            Assert.That(night.Output, Does.Contain("/proc/labrunner").And.Contain("--out"));
        }
    }

    [TestCase("console: { driver: tty, path: /dev/no-such-tty }", "", "/dev/no-such-tty")]
    [TestCase("mqtt: plug1", "mqtt: { broker: \"127.0.0.1:9\" }", "127.0.0.1:9")]
    [TestCase("power: { driver: command, on: 'false', off: 'false' }", "", "exit code 1")]
    [CancelAfter(60_000)]
    public async Task Start_WithAMissingPart_IsABenchFaultThatNamesIt(string part, string section, string named, CancellationToken cancellationToken)
    {
        string bench = Path.Combine(TestContext.CurrentContext.WorkDirectory, "missing-part.yaml");
        await File.WriteAllTextAsync(
            bench,
            $$"""
              bench: missing-part
              {{section}}
              slots:
                s1:
                  board: sm-028-v1.3-b17
                  supply: isolated-3v3
                  {{part}}
              """,
            cancellationToken);
        using NightProcess night = NightProcess.Start("night", "--bench", bench, "--plan", "check", "--out", "{out}");

        int code = await night.EndAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.EqualTo(3), night.Output);
            Assert.That(night.Output, Does.Contain(named));
            Assert.That(night.Output, Does.Not.Contain("   at "));
        }
    }
}
