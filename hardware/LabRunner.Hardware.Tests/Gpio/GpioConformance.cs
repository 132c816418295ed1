using System.Device.Gpio;
using System.Threading.Channels;

namespace LabRunner.Hardware.Tests.Gpio;

/// <summary>What every chip driver must do through <see cref="GpioController"/>: the same tests on each, none skipped.</summary>
[CancelAfter(60_000)]
internal abstract class GpioConformance
{
    private IGpioRig _rig = null!;

    protected GpioController Controller { get; private set; } = null!;

    [SetUp]
    public async Task Build()
    {
        _rig = await MakeAsync();
        Controller = new GpioController(_rig.Driver);
    }

    [TearDown]
    public async Task Free()
    {
        Controller.Dispose();
        await _rig.DisposeAsync();
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Open_OutputWithLevel_HasItOutside(bool high)
    {
        Controller.OpenPin(_rig.Output, PinMode.Output, high);
        Assert.That((_rig.OutputLevel, (bool)Controller.Read(_rig.Output)), Is.EqualTo((high, high)));
    }

    [Test]
    public void Write_Output_SeenOutsideAndReadBack()
    {
        Controller.OpenPin(_rig.Output, PinMode.Output, PinValue.Low);
        foreach (bool high in new[] { true, false, true })
        {
            Controller.Write(_rig.Output, high);
            Assert.That((_rig.OutputLevel, (bool)Controller.Read(_rig.Output)), Is.EqualTo((high, high)));
        }
    }

    [Test]
    public void Open_AgainAfterClose_IsFreeAtOnce()
    {
        for (int i = 0; i < 3; i++)
        {
            Controller.OpenPin(_rig.Output, PinMode.Output, i % 2 == 0);
            Assert.That(_rig.OutputLevel, Is.EqualTo(i % 2 == 0));
            Controller.ClosePin(_rig.Output);
        }
    }

    [Test]
    public void Read_Input_FollowsOutside()
    {
        Controller.OpenPin(_rig.Input, PinMode.Input);
        foreach (bool high in new[] { true, false, true, false })
        {
            _rig.Drive(high);
            Assert.That((bool)Controller.Read(_rig.Input), Is.EqualTo(high));
        }
    }

    [Test]
    public async Task Callback_BothDirections_EveryEdgeInOrder(CancellationToken token)
    {
        _rig.Drive(false);
        Controller.OpenPin(_rig.Input, PinMode.Input);
        Channel<PinEventTypes> edges = Channel.CreateUnbounded<PinEventTypes>();
        Controller.RegisterCallbackForPinValueChangedEvent(_rig.Input, PinEventTypes.Rising | PinEventTypes.Falling, (_, e) => edges.Writer.TryWrite(e.ChangeType));
        for (int i = 0; i < 20; i++)
        {
            _rig.Drive(i % 2 == 0);
            Assert.That(await edges.Reader.ReadAsync(token), Is.EqualTo(i % 2 == 0 ? PinEventTypes.Rising : PinEventTypes.Falling), $"edge {i}");
        }
    }

    [Test]
    public async Task Callback_FallingOnly_AndNoneAfterItsRemoval(CancellationToken token)
    {
        _rig.Drive(false);
        Controller.OpenPin(_rig.Input, PinMode.Input);
        Channel<string> edges = Channel.CreateUnbounded<string>();
        void OnFalling(object sender, PinValueChangedEventArgs e) => edges.Writer.TryWrite($"falling: {e.ChangeType}");
        void OnAny(object sender, PinValueChangedEventArgs e) => edges.Writer.TryWrite($"any: {e.ChangeType}");
        Controller.RegisterCallbackForPinValueChangedEvent(_rig.Input, PinEventTypes.Falling, OnFalling);
        Controller.RegisterCallbackForPinValueChangedEvent(_rig.Input, PinEventTypes.Rising | PinEventTypes.Falling, OnAny);

        // Each edge is awaited: a chip that is polled sees no level that comes and goes between two looks.
        _rig.Drive(true);
        Assert.That(await edges.Reader.ReadAsync(token), Is.EqualTo("any: Rising"));
        _rig.Drive(false);
        Assert.That(
            new[] { await edges.Reader.ReadAsync(token), await edges.Reader.ReadAsync(token) }, Is.EquivalentTo(new[] { "falling: Falling", "any: Falling" }));
        Controller.UnregisterCallbackForPinValueChangedEvent(_rig.Input, OnFalling);
        _rig.Drive(true);
        Assert.That(await edges.Reader.ReadAsync(token), Is.EqualTo("any: Rising"));
        _rig.Drive(false);
        Assert.That(await edges.Reader.ReadAsync(token), Is.EqualTo("any: Falling"), "the removed one would have come first");
    }

    [Test]
    public void WaitForEvent_Cancelled_IsATimeout()
    {
        Controller.OpenPin(_rig.Input, PinMode.Input);
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.That(Controller.WaitForEvent(_rig.Input, PinEventTypes.Rising, cancelled.Token).TimedOut, Is.True);
    }

    protected abstract Task<IGpioRig> MakeAsync();
}
