// Inventory:
//   pulses: { driver: pulse-box, box: box-1, plug: 0 }     # box-1 under resources, kind: pulseBox
// One plug of a pulse box. CF1 follows the DUT's SEL in the box; split: true gives CF1-V and CF1-I a pin each instead.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>Options of <see cref="PulseBox"/>.</summary>
public sealed record PulseBoxOptions
{
    /// <summary>Name of the box under resources.</summary>
    [Description("Name of the pulseBox resource.")]
    public required string Box { get; init; }

    /// <summary>Which of the box's plugs. 0 or 1.</summary>
    [Description("Which of the box's two plugs, 0 or 1.")]
    [Range(0, 1)]
    public required int Plug { get; init; }

    /// <summary>True: CF1-V and CF1-I have a pin each and SEL is not followed. Default false.</summary>
    [Description("True: CF1-V and CF1-I have a pin each and SEL is not followed. Default false.")]
    public bool Split { get; init; }

    /// <summary>True where a transistor between DUT and box inverts SEL, or the board does. Default false: SEL high asks for voltage.</summary>
    [Description("True where SEL low asks for voltage (an inverting isolator or board). Default false.")]
    public bool SelInverted { get; init; }

    /// <summary>True where an isolator inverts the outputs. Default false: pulses are high.</summary>
    [Description("True where pulses shall be low (an inverting isolator). Default false.")]
    public bool Inverted { get; init; }

    /// <summary>Share of a period before the first pulse after a start or a change of SEL, percent. 0 to 100, default 50: the count of a window is then rounded, not biased.</summary>
    [Description("Percent of a period before the first pulse after a start or a change of SEL. Default 50, which rounds a window's count without bias.")]
    [Range(0, 100)]
    public int Phase { get; init; } = 50;
}

/// <summary>BL0937 reference pulses from a pulse box: exact to its crystal, counted, with faults on purpose. Stopped at disposal.</summary>
[Driver(Contracts.Pulses, "pulse-box")]
public sealed class PulseBox(PulseBoxOptions options, IDriverContext context) : IPulseSource, IPulseFaults
{
    // Figures of the firmware (hardware/pulse-box/firmware/pulses.h).
    private const double Clock = 125e6;
    private const double PeriodMin = 12_500;
    private const double PeriodMax = 0x7FFFFFFF;
    private const double PartMin = 1250;

    private readonly IPulseBox _box = context.Resource<IPulseBox>(options.Box);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<PulseChannel, (long Period, long Width)> _told = [];
    private readonly Dictionary<PulseChannel, Counts> _counts = [];
    private int _connection;
    private bool _disposed;

    /// <inheritdoc/>
    public PulseCapabilities Capabilities { get; } = new(
        Clock / PeriodMax, Clock / PeriodMin, 0.5 / PeriodMin * 1e6, 1 / Clock, FollowsSel: !options.Split, Faults: true);

    /// <inheritdoc/>
    public async Task SetAsync(PulseChannel channel, Hertz frequency, TimeSpan width, CancellationToken cancellationToken)
    {
        PulseChecks.Check(Capabilities, frequency, width);
        long period = 0, high = 0;
        if (frequency.Value != 0)
        {
            period = (long)Math.Round(Clock / frequency.Value);
            high = (long)Math.Round(width.TotalSeconds * Clock);
            if (high < PartMin || period - high < PartMin)
            {
                throw new ArgumentOutOfRangeException(nameof(width), width, "The pulse box needs 10 µs or more for the pulse and for the rest of its period.");
            }
        }

        await LockedAsync(async () =>
        {
            IReadOnlyDictionary<string, long> state = await TellAsync(channel, period, high, cancellationToken).ConfigureAwait(false);
            if (state.GetValueOrDefault("period", -1) != period || state.GetValueOrDefault("width", -1) != high)
            {
                throw new BenchFaultException(
                    FaultKind.Pulses, context.Place, $"{channel} was told a period of {period} cycles and reads back {state.GetValueOrDefault("period", -1)}",
                    "Flash the pulse box again");
            }

            _told[channel] = (period, high);
            return true;
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<PulseReadback> ReadBackAsync(PulseChannel channel, CancellationToken cancellationToken) =>
        LockedAsync(async () =>
        {
            IReadOnlyDictionary<string, long> state = await AskAsync(string.Create(CultureInfo.InvariantCulture, $"GET {options.Plug} {Word(channel)}"), cancellationToken).ConfigureAwait(false);
            long period = state["period"];
            return new PulseReadback(
                new Hertz(period == 0 ? 0 : Clock / period), TimeSpan.FromSeconds(state["width"] / Clock), Count(channel).Advance(state).Emitted);
        }, cancellationToken);

    /// <inheritdoc/>
    public Task FaultAsync(PulseChannel channel, PulseFault fault, int every, int times, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(every);
        ArgumentOutOfRangeException.ThrowIfNegative(times);
        string word = fault == PulseFault.Missing ? "DROP" : "DOUBLE";
        return LockedAsync(
            () => AskAsync(string.Create(CultureInfo.InvariantCulture, $"FAULT {options.Plug} {Word(channel)} {word} {every} {times}"), cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task ClearFaultAsync(PulseChannel channel, CancellationToken cancellationToken) =>
        LockedAsync(() => AskAsync(string.Create(CultureInfo.InvariantCulture, $"FAULT {options.Plug} {Word(channel)} OFF"), cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<PulseFaultCount> CountFaultsAsync(PulseChannel channel, CancellationToken cancellationToken) =>
        LockedAsync(async () =>
        {
            IReadOnlyDictionary<string, long> state = await AskAsync(string.Create(CultureInfo.InvariantCulture, $"GET {options.Plug} {Word(channel)}"), cancellationToken).ConfigureAwait(false);
            Counts counts = Count(channel).Advance(state);
            return new PulseFaultCount(counts.Dropped, counts.Doubled);
        }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (PulseChannel channel in _told.Where(told => told.Value.Period != 0).Select(told => told.Key).ToArray())
        {
            await SetAsync(channel, default, TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static string Word(PulseChannel channel) => channel switch { PulseChannel.Cf => "CF", PulseChannel.Cf1Voltage => "CF1V", _ => "CF1I" };

    private async Task<T> LockedAsync<T>(Func<Task<T>> exchange, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await exchange().ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A command to the box; a box that was plugged in again is first told what it may have forgotten.</summary>
    private async Task<IReadOnlyDictionary<string, long>> AskAsync(string command, CancellationToken cancellationToken)
    {
        while (true)
        {
            PulseBoxAnswer answer = await _box.AskAsync(_connection == 0 ? Configuration() : command, cancellationToken).ConfigureAwait(false);
            if (answer.Connection == _connection)
            {
                return answer.Fields;
            }

            if (_connection != 0)
            {
                answer = await _box.AskAsync(Configuration(), cancellationToken).ConfigureAwait(false);
            }

            foreach (PulseChannel channel in Enum.GetValues<PulseChannel>())
            {
                PulseBoxAnswer state = await _box.AskAsync(string.Create(CultureInfo.InvariantCulture, $"GET {options.Plug} {Word(channel)}"), cancellationToken).ConfigureAwait(false);
                if (_connection == 0)
                {
                    Count(channel).Begin(state.Fields);
                }

                Count(channel).Advance(state.Fields);
                (long period, long width) = _told.GetValueOrDefault(channel);
                await _box.AskAsync(Setting(channel, period, width), cancellationToken).ConfigureAwait(false);
            }

            _connection = answer.Connection;
        }
    }

    private Task<IReadOnlyDictionary<string, long>> TellAsync(PulseChannel channel, long period, long width, CancellationToken cancellationToken) =>
        AskAsync(Setting(channel, period, width), cancellationToken);

    private string Setting(PulseChannel channel, long period, long width) =>
        string.Create(CultureInfo.InvariantCulture, $"SET {options.Plug} {Word(channel)} {period} {width}");

    private string Configuration() => string.Create(
        CultureInfo.InvariantCulture, $"CONF {options.Plug} {(options.Split ? 0 : 1)} {(options.SelInverted ? 0 : 1)} {(options.Inverted ? 1 : 0)} {options.Phase}");

    private Counts Count(PulseChannel channel)
    {
        if (!_counts.TryGetValue(channel, out Counts? counts))
        {
            _counts.Add(channel, counts = new Counts());
        }

        return counts;
    }

    /// <summary>What the box counted since the source was opened, also over restarts of the box. The box counts in 32 bits.</summary>
    private sealed class Counts
    {
        private uint _emitted;
        private uint _dropped;
        private uint _doubled;

        public long Emitted { get; private set; }

        public long Dropped { get; private set; }

        public long Doubled { get; private set; }

        /// <summary>Pulses from before the source was opened are not its own.</summary>
        public void Begin(IReadOnlyDictionary<string, long> state) =>
            (_emitted, _dropped, _doubled) = ((uint)state["emitted"], (uint)state["dropped"], (uint)state["doubled"]);

        public Counts Advance(IReadOnlyDictionary<string, long> state)
        {
            Emitted += Since(_emitted, state["emitted"]);
            Dropped += Since(_dropped, state["dropped"]);
            Doubled += Since(_doubled, state["doubled"]);
            Begin(state);
            return this;
        }

        /// <summary>A counter that went back by more than a wrap can explain began anew at 0.</summary>
        private static uint Since(uint before, long now) => unchecked((uint)now - before) is var more and <= int.MaxValue ? more : (uint)now;
    }
}
