using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>The line to the box: a host that falls silent, an adapter that is pulled, a box that loses its supply, damage and nonsense.</summary>
[CancelAfter(60_000)]
public sealed class PulseBoxLinkTests : PulseBoxFixture
{
    [Test]
    public async Task Watchdog_SilentHost_PulsesStopAfterItsLimit(CancellationToken token)
    {
        await using PulseBox pulses = Source();
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        await Port.AskAsync("WATCH 100", token);
        long heard = Box.Run(0);
        Box.Edges(CfPin);
        Box.Run(50_000_000);
        OutputEdge[] edges = Box.Edges(CfPin);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(edges[^1].Cycle - heard, Is.InRange(10_000_000, 12_750_000), "100 ms, a tick of 1 ms, less the 2 ms in which the command was answered");
            Assert.That(edges[^1].High, Is.False, "the last pulse ended");
            Assert.That(back.Frequency.Value, Is.Zero, "and the box says so");
            Assert.That((await Port.AskAsync("STATE", token)).Fields["trips"], Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Replugged_SerialAdapter_OneFaultThenSettingsAndCountGoOn(CancellationToken token)
    {
        SerialPulseBox port = new(new SerialPulseBoxOptions { Path = Link(), Limit = TimeSpan.FromSeconds(20) }, new FakeContext());
        await using PulseBox pulses = new(new PulseBoxOptions { Box = "box", Plug = 0 }, new FakeContext().With("box", port));
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        Box.Run(10_000_000);
        Box.Replug();
        Link();
        await Assert.ThatAsync(
            () => pulses.ReadBackAsync(PulseChannel.Cf, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial).And.Message.Contains("Plug it in again"));
        Box.Run(10_000_000);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf, token);
        Box.Run(1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(back.Frequency.Value, Is.EqualTo(Clock / CfPeriod).Within(1e-9));
            Assert.That(back.Emitted, Is.EqualTo(Box.Edges(CfPin).Count(edge => edge.High)).Within(1), "what came while it was unplugged is counted");
        }

        await pulses.DisposeAsync();
        await port.DisposeAsync();
    }

    // What was under way at the cut is lost, and each loss is known after the driver's 20 s. Alone: the box stops its outputs when the host says
    // nothing for 300 ms, which a host that has to share its cores does.
    [Test]
    [Category("alone")]
    [CancelAfter(240_000)]
    public async Task PowerCycled_Box_KeepAliveNoticesAndSettingsComeBack(CancellationToken token)
    {
        await using SerialPulseBox port = new(
            new SerialPulseBoxOptions { Path = Box.Port, Limit = TimeSpan.FromSeconds(20), Watchdog = TimeSpan.FromMilliseconds(300) }, new FakeContext());
        await using PulseBox pulses = new(new PulseBoxOptions { Box = "box", Plug = 0 }, new FakeContext().With("box", port));
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        TaskCompletionSource heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int states = 0;
        Box.Wire = bytes =>
        {
            if (System.Text.Encoding.ASCII.GetString(bytes).Contains("uptime=", StringComparison.Ordinal) && ++states == 2)
            {
                heard.TrySetResult();
            }

            return bytes;
        };
        await heard.Task.WaitAsync(token);
        Box.PowerCycle();
        PulseReadback back;
        do
        {
            back = await pulses.ReadBackAsync(PulseChannel.Cf, token);
        }
        while (back.Frequency.Value == 0);

        Assert.That(back.Frequency.Value, Is.EqualTo(Clock / CfPeriod).Within(1e-9));
    }

    [Test]
    public async Task Ask_DamagedAnswers_SecondTrySucceedsAndTwoAreAFault(CancellationToken token)
    {
        await Port.AskAsync("ID", token);
        int damage = 1;
        Box.Wire = bytes => damage-- > 0 ? [.. bytes.Select((value, at) => at == 4 ? (byte)'?' : value)] : bytes;
        await Assert.ThatAsync(() => Port.AskAsync("STATE", token), Throws.Nothing);
        damage = 2;
        await Assert.ThatAsync(
            () => Port.AskAsync("STATE", token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("damaged (checksum), 2 times running"));
    }

    [TestCase("SET 0 CF 100 50", "period is 12500 to 2147483647 cycles")]
    [TestCase("SET 0 CF 937187 937000", "width and the rest of the period are 1250 cycles or more")]
    [TestCase("SET 2 CF 0 0", "plug is 0 or 1")]
    [TestCase("SET 0 CF2 0 0", "channel is CF, CF1V or CF1I")]
    [TestCase("SET 0 CF 99999999999 1", "SET <plug> <channel> <period> <width>")]
    [TestCase("FAULT 0 CF DOUBLE 1 1", "a second pulse does not fit")]
    [TestCase("FAULT 0 CF DROP 0 1", "every is 1 or more")]
    [TestCase("WATCH 3600001", "watchdog is 0 to 3600000 ms")]
    [TestCase("CONF 0 1 1 0 101", "phase is 0 to 100 percent")]
    [TestCase("REBOOT", "commands are ID, SET, GET, FAULT, CONF, STATE and WATCH")]
    public async Task Ask_NonsenseCommand_TheBoxNamesTheReason(string command, string reason, CancellationToken token) =>
        await Assert.ThatAsync(
            () => Port.AskAsync(command, token),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains(reason).And.Message.Contains(command));

    /// <summary>A stable name for the port, as /dev/serial/by-id gives; made anew it points at the port of now.</summary>
    private string Link()
    {
        string link = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"pulse-box-{TestContext.CurrentContext.Test.ID}");
        File.Delete(link);
        File.CreateSymbolicLink(link, Box.Port);
        return link;
    }
}
