using LabRunner.Bench.Hosting.Discovery.Survey;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Discovery;

/// <summary>What a run keeps of its machine's clock and supply: as it is told, and not known where the machine does not tell.</summary>
public sealed class HostStateTests
{
    private const string Chrony = "A9FEA97B,169.254.169.123,4,1795845600.5,-0.000123456,0.000004,0.00001,-5.1,0.0,0.01,0.0003,0.0002,64.2,Normal";

    [TestCase(Chrony, null, 0.123456)]
    [TestCase(null, "       Server: 1.2.3.4 (pool.example)\n       Offset: -1.234ms\n        Delay: 10ms", 1.234)]
    [TestCase(null, "       Offset: +250us", 0.25)]
    [TestCase(null, "       Offset: +1min 2.5s", 62_500.0)]
    [TestCase(null, "       Offset: n/a", null)]
    [TestCase(null, "       Server: (null) (pool.example)", null)]
    [TestCase("506 Cannot talk to daemon", null, null)]
    [TestCase(null, null, null)]
    public async Task Offset_IsWhatTheTimeServiceSays(string? chrony, string? timesync, double? offsetMs)
    {
        using FakeMachine machine = Machines.Pc();
        Answer(machine, "chronyc", chrony);
        Answer(machine, "timedatectl", timesync);

        HostState state = await HostState.ReadAsync(machine, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(state.OffsetMs, offsetMs is { } ms ? Is.EqualTo(ms).Within(1e-9) : Is.Null);
            Assert.That(state.Sentence, Does.StartWith("the clock is kept in step by a time service, ").And.EndsWith("supply and throttling are not known: no Raspberry Pi"));
            Assert.That(state.Facts.ContainsKey(HostFacts.OffsetMs), Is.EqualTo(offsetMs is not null));
            Assert.That(state.Facts.ContainsKey(HostFacts.Throttling), Is.False);
        });
    }

    [Test]
    public async Task Offset_OfAClockThatFollowsNobody_IsNotAsked([Values(null, false)] bool? inStep)
    {
        using FakeMachine machine = Machines.Pc();
        machine.Synchronised = inStep;
        Answer(machine, "chronyc", Chrony);

        HostState state = await HostState.ReadAsync(machine, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That((state.OffsetMs, machine.Ran.Count), Is.EqualTo(((double?)null, 0)));
            Assert.That(state.Sentence, Does.StartWith(inStep is null ? "whether the clock is in step is not known" : "no time service keeps the clock in step"));
            Assert.That(state.Facts.GetValueOrDefault(HostFacts.Synchronised), Is.EqualTo(inStep is null ? null : "no"));
        });
    }

    [TestCase("0", "no under-voltage and no throttling since the machine's start", "0")]
    [TestCase("50005", "the supply is below 4.63 V now, the CPU is throttled now, the supply was below 4.63 V since the start, the CPU was throttled since the start", "50005")]
    [TestCase("nonsense", "supply and throttling are not known: the firmware does not tell", null)]
    public async Task Supply_OfARaspberryPi_IsKept(string bits, string says, string? kept)
    {
        using FakeMachine machine = Machines.Pi4();
        machine.File("/sys/devices/platform/soc/soc:firmware/get_throttled", bits);

        HostState state = await HostState.ReadAsync(machine, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(state.Sentence, Does.EndWith("; " + says));
            Assert.That(state.Facts.GetValueOrDefault(HostFacts.Throttling), Is.EqualTo(kept));
        });
    }

    private static void Answer(FakeMachine machine, string program, string? output)
    {
        if (output is not null)
        {
            machine.Programs[program] = new(output.StartsWith("506", StringComparison.Ordinal) ? 1 : 0, output, "");
        }
    }
}
