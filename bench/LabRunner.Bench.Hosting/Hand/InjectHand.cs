using System.Runtime.CompilerServices;
using LabRunner.Bench.Api;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>One output of the meter chip as it is emitted.</summary>
/// <param name="Channel">Which.</param>
/// <param name="AskedHertz">What the load needs.</param>
/// <param name="ProgrammedHertz">Read back from the device; what a reading is compared with.</param>
/// <param name="ErrorPpm">Of the programmed frequency, parts per million; null where nothing is asked.</param>
/// <param name="Emitted">Pulses since the source was opened; null where it cannot count.</param>
public sealed record InjectedChannel(PulseChannel Channel, double AskedHertz, double ProgrammedHertz, double? ErrorPpm, long? Emitted);

/// <summary>What is emitted.</summary>
/// <param name="Channels">CF, CF1 voltage, CF1 current.</param>
/// <param name="Volts">What a perfect meter with the board's constants reads.</param>
/// <param name="Amperes">What a perfect meter reads.</param>
/// <param name="Watts">What a perfect meter reads.</param>
/// <param name="FollowsSel">False: CF1 is wrong for a moment after each change of SEL.</param>
public sealed record InjectedSight(IReadOnlyList<InjectedChannel> Channels, double Volts, double Amperes, double Watts, bool FollowsSel);

/// <summary>A figure of the DUT beside what is emitted.</summary>
/// <param name="Name">voltage, current or power.</param>
/// <param name="Unit">V, A or W.</param>
/// <param name="Read">What the DUT says; null: nothing.</param>
/// <param name="Reference">What is emitted.</param>
/// <param name="ErrorPercent">Of the reference; null without a reading or a reference.</param>
/// <param name="Quanta">Difference in pulses of a 1 s window, which is how the firmware counts; null without a reading.</param>
public sealed record MeterComparison(string Name, string Unit, double? Read, double Reference, double? ErrorPercent, double? Quanta);

/// <summary>The DUT's readings at one time.</summary>
/// <param name="At">Seconds of run time since the injection began.</param>
/// <param name="Figures">Voltage, current, power; empty when the DUT did not answer.</param>
/// <param name="Problem">Why there are none.</param>
public sealed record MeterSight(double At, IReadOnlyList<MeterComparison> Figures, string? Problem);

/// <summary>Feeds BL0937 reference pulses into one slot by hand.</summary>
public sealed class InjectHand
{
    private readonly IHandSlot _bench;
    private readonly IPulseSource _source;
    private readonly Bl0937Model _model;
    private readonly BoardDescription _board;
    private TimeSpan? _began;

    /// <param name="bench">The slot.</param>
    /// <exception cref="BenchFaultException">The slot has no pulse source, or pulses into it are refused.</exception>
    public InjectHand(IHandSlot bench)
    {
        _bench = bench;
        _source = bench.Slot.Pulses
            ?? throw bench.Slot.Entry.Without(Contracts.Pulses);
        bench.Interlocks.Demand(bench.Slot.Entry, SlotAction.Pulses);
        _board = bench.Slot.Entry.Board.Description;
        _model = new Bl0937Model(_board.VoltsPerHertz, _board.AmperesPerHertz, _board.WattsPerHertz);
    }

    /// <summary>Stops all pulses of a slot.</summary>
    /// <exception cref="BenchFaultException">The slot has no pulse source, or it failed.</exception>
    public static async Task StopAsync(IHandSlot bench, CancellationToken cancellationToken)
    {
        IPulseSource source = bench.Slot.Pulses
            ?? throw bench.Slot.Entry.Without(Contracts.Pulses);
        foreach (PulseChannel channel in Enum.GetValues<PulseChannel>())
        {
            await source.SetAsync(channel, default, Bl0937Model.PulseWidth, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Emits a load from now on.</summary>
    /// <param name="load">V above 0, W at least 0, power factor above 0 and at most 1.</param>
    /// <param name="cancellationToken">Gives up; what was set is stopped at the bench's disposal.</param>
    /// <returns>What is really emitted.</returns>
    /// <exception cref="UsageException">The source cannot give such frequencies.</exception>
    /// <exception cref="BenchFaultException">The source failed, or pulses are refused.</exception>
    public async Task<InjectedSight> EmitAsync(LoadPoint load, CancellationToken cancellationToken)
    {
        _bench.Interlocks.Demand(_bench.Slot.Entry, SlotAction.Pulses);
        Bl0937Frequencies asked = _model.ToFrequencies(new Volts(load.Volts), new Watts(load.Watts), load.PowerFactor);
        (PulseChannel Channel, Hertz Hertz)[] channels = [(PulseChannel.Cf, asked.Cf), (PulseChannel.Cf1Voltage, asked.Cf1Voltage), (PulseChannel.Cf1Current, asked.Cf1Current)];
        foreach ((PulseChannel channel, Hertz hertz) in channels)
        {
            if (hertz.Value > 0 && (hertz.Value < _source.Capabilities.MinHertz || hertz.Value > _source.Capabilities.MaxHertz))
            {
                throw new UsageException(FormattableString.Invariant(
                    $"{channel} needs {hertz}, and the pulse source of slot {_bench.Slot.Entry.Name} gives {_source.Capabilities.MinHertz:0.####} to {_source.Capabilities.MaxHertz:0.####} Hz. Choose another load."));
            }
        }

        List<InjectedChannel> emitted = [];
        foreach ((PulseChannel channel, Hertz hertz) in channels)
        {
            await _source.SetAsync(channel, hertz, Bl0937Model.PulseWidth, cancellationToken).ConfigureAwait(false);
            PulseReadback read = await _source.ReadBackAsync(channel, cancellationToken).ConfigureAwait(false);
            emitted.Add(new InjectedChannel(
                channel, hertz.Value, read.Frequency.Value, hertz.Value > 0 ? (read.Frequency.Value - hertz.Value) / hertz.Value * 1e6 : null, read.Emitted));
        }

        _began ??= _bench.Clock.Elapsed;
        Bl0937Load perfect = _model.ToLoad(new(new(emitted[0].ProgrammedHertz), new(emitted[1].ProgrammedHertz), new(emitted[2].ProgrammedHertz)));
        return new InjectedSight(emitted, perfect.Voltage.Value, perfect.Current.Value, perfect.Power.Value, _source.Capabilities.FollowsSel);
    }

    /// <summary>The DUT's readings, one after another, until <paramref name="length"/> is over.</summary>
    /// <param name="reference">What is emitted.</param>
    /// <param name="every">Run time between two readings.</param>
    /// <param name="length">Run time; infinite: until cancelled.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<MeterSight> WatchAsync(
        InjectedSight reference, TimeSpan every, TimeSpan length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TimeSpan began = _bench.Clock.Elapsed;
        bool Over(TimeSpan more) => length != Timeout.InfiniteTimeSpan && _bench.Clock.Elapsed + more - began > length;
        while (!Over(every))
        {
            await Task.Delay(every, _bench.Clock, cancellationToken).ConfigureAwait(false);
            yield return await ReadAsync(reference, cancellationToken).ConfigureAwait(false);
        }

        if (began + length - _bench.Clock.Elapsed is var rest && length != Timeout.InfiniteTimeSpan && rest > TimeSpan.Zero)
        {
            await Task.Delay(rest, _bench.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The DUT's readings now.</summary>
    /// <param name="reference">What is emitted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<MeterSight> ReadAsync(InjectedSight reference, CancellationToken cancellationToken)
    {
        double at = (_bench.Clock.Elapsed - (_began ?? _bench.Clock.Elapsed)).TotalSeconds;
        if (_bench.Slot.Plug is not { } plug)
        {
            return new MeterSight(at, [], "the slot has no network address; add http: to it in the inventory");
        }

        try
        {
            PlugPageState page = await plug.GetPageStateAsync(cancellationToken).ConfigureAwait(false);
            return new MeterSight(
                at,
                [
                    Compare("voltage", "V", page.Voltage, reference.Volts, _board.VoltsPerHertz),
                    Compare("current", "A", page.Current, reference.Amperes, _board.AmperesPerHertz),
                    Compare("power", "W", page.Power, reference.Watts, _board.WattsPerHertz),
                ],
                page is { Voltage: null, Current: null, Power: null } ? "its page shows no meter" : null);
        }
        catch (PlugUnreachableException silent)
        {
            return new MeterSight(at, [], silent.Message);
        }
    }

    // A window of 1 s: one pulse is as many units as there are in a hertz.
    private static MeterComparison Compare(string name, string unit, double? read, double reference, double perHertz) => new(
        name, unit, read, reference, read is { } value && reference != 0 ? (value - reference) / reference * 100 : null, (read - reference) / perHertz);
}
