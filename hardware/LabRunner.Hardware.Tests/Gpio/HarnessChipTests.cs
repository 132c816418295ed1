using System.Device.Gpio;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Tests.Host;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Harness;

namespace LabRunner.Hardware.Tests.Gpio;

/// <summary>The virtual bench's chip, over its socket.</summary>
[TestFixture]
internal sealed class HarnessChipTests : GpioConformance
{
    protected override Task<IGpioRig> MakeAsync() => Task.FromResult<IGpioRig>(new HarnessRig());

    private sealed class HarnessRig : IGpioRig
    {
        private readonly TemporaryFolder _folder = new();
        private readonly RunningEngine _engine = new();
        private readonly Plug _plug = new();
        private readonly HarnessBoard _board;
        private readonly HarnessServer _server;
        private readonly HarnessGpioChip _chip;

        public HarnessRig()
        {
            string socket = _folder.File("harness.sock");
            _board = new HarnessBoard([_plug], _engine.Clock.ToMonotonicNanoseconds, () => _engine.Engine.Now);
            _server = new HarnessServer(socket, _board, _engine.Engine.Post);
            _chip = new HarnessGpioChip(new HarnessGpioChip.Options { Socket = socket }, new HarnessContext(_engine.Clock));
        }

        public GpioDriver Driver => _chip.Driver;

        public int Output => HarnessLines.Power;

        public int Input => HarnessLines.Contact;

        public bool OutputLevel => _plug.Power;

        public void Drive(bool high) => _engine.DoAsync(() =>
        {
            if (_plug.Contact != high)
            {
                _plug.Contact = high;
                _board.InputChanged(0, HarnessLines.Contact, _engine.Clock.Elapsed, high);
            }
        }).Wait();

        public async ValueTask DisposeAsync()
        {
            await _chip.DisposeAsync();
            await _server.DisposeAsync();
            await _engine.DisposeAsync();
            _folder.Dispose();
        }
    }

    private sealed class Plug : IHarnessPlug
    {
        public volatile bool Power;
        public volatile bool Contact;

        public string Name => "p1";

        public RailReading Rail => default;

        public HarnessLoad Load => new(0, 0, 0, 0);

        public void Drive(int line, bool high)
        {
            if (line == HarnessLines.Power)
            {
                Power = high;
            }
        }

        public bool Sense(int line) => line == HarnessLines.Contact && Contact;

        public bool Driven(int line) => line == HarnessLines.Power && Power;

        public void DipRail(double volts, TimeSpan lasts) => throw new NotSupportedException();

        public void SetPulses(PulseChannel channel, Hertz frequency) => throw new NotSupportedException();

        public long EmittedPulses(PulseChannel channel) => 0;
    }
}
