using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Watch;

/// <summary>
/// Te: the temperature at the slot, sampled with its unit. With a limit, two readings in a row above it, or a sensor that is silent for
/// <see cref="Blind"/>, ask for the slot's power to be taken. A log otherwise, no sign of life of the DUT. Thread safe.
/// </summary>
/// <param name="slot">Its slot.</param>
/// <param name="sensor">The sensor; not owned.</param>
/// <param name="every">Cadence, run time.</param>
/// <param name="limit">Highest allowed; null: none.</param>
/// <param name="trip">Called once, with the run time of the first reading above and the reason.</param>
internal sealed class TemperatureObserver(IWatchedSlot slot, ITemperatureSensor sensor, TimeSpan every, DegreesCelsius? limit, Action<TimeSpan, string> trip)
    : Observer(ObserverKeys.Temperature, slot)
{
    /// <summary>A slot with a limit must not be blind for longer, run time.</summary>
    public static readonly TimeSpan Blind = TimeSpan.FromSeconds(60);

    // Between the first reading above the limit and the one that decides, run time.
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    // Of one reading, run time, but at least a second of the machine's: a DS18B20 takes 750 ms.
    private readonly TimeSpan _limit = RequestLimits.AtLeastMachine(slot.Clock, TimeSpan.FromSeconds(5));

    private readonly Lock _gate = new();
    private double _sum;
    private double _lowest = double.MaxValue;
    private double _highest = double.MinValue;
    private long _readings;
    private TimeSpan? _above;
    private TimeSpan? _silentSince;
    private bool _tripped;

    /// <inheritdoc/>
    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan at = Slot.Clock.Elapsed;
            double? read = null;
            string? problem = null;
            using (CancellationTokenSource late = new(_limit, Slot.Clock))
            using (CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken))
            {
                try
                {
                    read = (await sensor.ReadAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false)).Value;
                }
                catch (BenchFaultException fault)
                {
                    problem = fault.Message;
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    problem = string.Create(CultureInfo.InvariantCulture, $"the sensor did not answer within {_limit.TotalSeconds:0.#} s");
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }

            Take(at, Slot.Clock.Elapsed, read, problem);
            await Task.Delay(_above is null ? every : Again, Slot.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Takes a reading, or that there was none.</summary>
    /// <param name="at">Run time at which it was asked for.</param>
    /// <param name="now">Run time of the answer.</param>
    /// <param name="celsius">°C; null: none came.</param>
    /// <param name="problem">Why none came.</param>
    internal void Take(TimeSpan at, TimeSpan now, double? celsius, string? problem)
    {
        string? reason = null;
        TimeSpan since = at;
        bool lost = false;
        lock (_gate)
        {
            if (celsius is { } value)
            {
                (_sum, _readings, _silentSince) = (_sum + value, _readings + 1, null);
                (_lowest, _highest) = (Math.Min(_lowest, value), Math.Max(_highest, value));
                bool above = value > limit?.Value;
                if (above && _above is { } first)
                {
                    since = first;
                    reason = $"the slot has {new DegreesCelsius(value)}, its limit is {limit}: its power is off";
                }

                _above = above ? _above ?? at : null;
            }
            else
            {
                lost = _silentSince is null;
                _silentSince ??= at;
                if (limit is not null && now - _silentSince >= Blind)
                {
                    since = _silentSince.Value;
                    reason = $"the slot has a limit of {limit}, and its sensor says nothing ({problem?.TrimEnd('.')}): its power is off";
                }
            }

            if (_tripped)
            {
                reason = null;
            }

            _tripped |= reason is not null;
        }

        Slot.Save(new ObservationRecord(
            at.TotalSeconds, Slot.Name, Key, celsius is not null, (now - at).TotalMilliseconds, celsius is { } read ? new DegreesCelsius(read).ToString() : problem));
        if (celsius is { } seen)
        {
            Good(now, new DegreesCelsius(seen).ToString());
        }
        else if (lost)
        {
            Slot.Note(at, "bench-fault", $"Observer {Key}: {problem}");
        }

        if (reason is not null)
        {
            trip(since, reason);
        }
    }

    /// <summary>Lowest, highest and mean of all readings, for the journal; null without one.</summary>
    public string? Summary()
    {
        lock (_gate)
        {
            return _readings == 0
                ? null
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{new DegreesCelsius(_lowest)} to {new DegreesCelsius(_highest)}, mean {new DegreesCelsius(_sum / _readings)} of {_readings} readings{(limit is { } l ? $", limit {l}" : "")}");
        }
    }

    /// <summary>The slot has a temperature whether its DUT is on or off.</summary>
    public override void Reset(string reason)
    {
        // Nothing counts against a temperature.
    }
}
