using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Tests.Host;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>A script that plays a flashing program, a slot whose strap and supply write down what is done to them, and the flasher between.</summary>
internal sealed class FakeTool : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MemoryStream _log = new();
    private readonly List<string> _events = [];

    public FakeTool(string script)
    {
        Program = _folder.File("fake tool");
        File.WriteAllText(Program, "#!/bin/sh\nhere=\"${0%/*}\"\n" + script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public string Program { get; }

    public ToolDownload Download { get; init; } = new() { Pin = "GPIO0 low" };

    public ToolCommand Command { get; init; } = new()
    {
        Arguments = ["--port", "{port}", "--at", "{address}", "{image}"], Success = "all done", Failure = "went wrong", Progress = @"(?<percent>[0-9]+) %",
        Idle = TimeSpan.FromMinutes(2), Limit = TimeSpan.FromMinutes(4),
    };

    public bool HasStrap { get; init; } = true;

    public bool PowerFails { get; init; }

    /// <summary>What was done, in order: "strap on", "power off", "tool"…</summary>
    public IReadOnlyList<string> Events
    {
        get
        {
            lock (_events)
            {
                return [.. _events];
            }
        }
    }

    public string Log => System.Text.Encoding.UTF8.GetString(_log.ToArray());

    public List<long> Progress { get; } = [];

    public string Image => _folder.File("an image; $(touch pwned) 'x'.bin");

    public string PathOf(string name) => _folder.File(name);

    /// <summary>Process id that the script wrote into a file.</summary>
    public int Pid(string name) => int.Parse(File.ReadAllText(_folder.File(name)).Trim(), System.Globalization.CultureInfo.InvariantCulture);

    public async Task WriteAsync(CancellationToken cancellationToken = default)
    {
        FlasherDefinition definition = new()
        {
            Flasher = "fake", Title = "A fake", Had = "here", Programs = [Program], Chips = ["ESP8266"], Images = ["esp8266Firmware"], Baud = 115200,
            Download = Download, Write = Command,
        };
        ToolWiring wiring = new("p1", "ESP8266", "/dev/a port", HasStrap ? new Strap(Note) : null, null, new Supply(this), LabClock.Start(50));
        ToolFlasher flasher = new(definition, Program, wiring, _log, group => Note(group == 0 ? "tool over" : "tool"));
        await flasher.WriteAsync(new ToolStretch(Image, 0x1000, 1000), 115200, new Sink(Progress), cancellationToken);
    }

    public void Dispose() => _folder.Dispose();

    private void Note(string what)
    {
        lock (_events)
        {
            _events.Add(what);
        }
    }

    private sealed class Sink(List<long> told) : IProgress<FlashProgress>
    {
        public void Report(FlashProgress value) => told.Add(value.Done);
    }

    private sealed class Strap(Action<string> note) : IStrap
    {
        public Task SetAsync(bool asserted, CancellationToken cancellationToken)
        {
            note(asserted ? "strap on" : "strap off");
            return Task.CompletedTask;
        }

        public Task<bool?> ReadAsync(CancellationToken cancellationToken) => Task.FromResult<bool?>(null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Supply(FakeTool tool) : IPowerSwitch
    {
        private PowerState _state = PowerState.Off;

        public Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
        {
            if (tool.PowerFails)
            {
                throw new BenchFaultException(FaultKind.Command, "power", "the relay does not move", "Look at it");
            }

            _state = state;
            tool.Note($"power {state}".ToLowerInvariant());
            if (state == PowerState.On)
            {
                File.WriteAllText(tool.PathOf("powered"), "");
            }

            return Task.CompletedTask;
        }

        public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) => Task.FromResult(_state);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
