// Inventory:
//   pulses: { driver: software, chip: pi, cf: 17, cf1Voltage: 27, cf1Current: 22 }     # activeLow: true with an inverting isolator
// A thread that toggles GPIO lines: for CF of small loads (a few Hz) and for pulses that are late on purpose. A garbage collection or a busy
// machine makes an edge milliseconds late, which is measured and told in the capabilities. Feed a meter with a pulse box or PWM instead.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>Options of <see cref="SoftwarePulses"/>.</summary>
public sealed record SoftwarePulsesOptions
{
    /// <summary>Name of the chip under resources.</summary>
    [Description("Name of the gpio resource.")]
    public required string Chip { get; init; }

    /// <summary>Line that feeds CF.</summary>
    [Description("Line that feeds CF (power).")]
    [Range(0, 1023)]
    public required int Cf { get; init; }

    /// <summary>Line of the CF1 voltage frequency.</summary>
    [Description("Line of the CF1 voltage frequency.")]
    [Range(0, 1023)]
    public required int Cf1Voltage { get; init; }

    /// <summary>Line of the CF1 current frequency.</summary>
    [Description("Line of the CF1 current frequency.")]
    [Range(0, 1023)]
    public required int Cf1Current { get; init; }

    /// <summary>True: a pulse is a low level. Default false.</summary>
    [Description("True where a low level is the pulse. Default false.")]
    public bool ActiveLow { get; init; }
}

/// <summary>
/// BL0937 pulses by a thread that sleeps until shortly before an edge and then spins. Counts what it emits, measures how late it is and makes
/// faults on purpose. No pulse is lost: late ones follow at once. Stopped at disposal.
/// </summary>
[Driver(Contracts.Pulses, "software")]
public sealed class SoftwarePulses : IPulseSource, IPulseFaults
{
    // Above this the thread would rather spin than sleep, and a late edge would be a large part of a period.
    private const double MaxHertz = 200;
    private const double MinHertz = 0.01;
    private const double NanosecondsPerSecond = 1e9;

    // Machine time throughout: a DUT on the bench does not follow the run's clock.
    private static readonly TimeProvider Machine = TimeProvider.System;
    private static readonly long Spin = Machine.TimestampFrequency / 500;

    private readonly IDriverContext _context;
    private readonly SoftwareTrain[] _trains;
    private readonly ManualResetEventSlim _changed = new();
    private readonly Lock _gate = new();
    private readonly Thread _thread;
    private BenchFaultException? _broken;
    private bool _stop;
    private long _worst;

    /// <exception cref="BenchFaultException">A line cannot be had.</exception>
    public SoftwarePulses(SoftwarePulsesOptions options, IDriverContext context)
    {
        _context = context;
        List<BenchLine> lines = [];
        try
        {
            foreach (int line in (int[])[options.Cf, options.Cf1Voltage, options.Cf1Current])
            {
                lines.Add(BenchLine.Output(context, new OutputOptions { Chip = options.Chip, Line = line, ActiveLow = options.ActiveLow }));
            }
        }
        catch
        {
            lines.ForEach(line => line.Dispose());
            throw;
        }

        _trains = [.. lines.Select(line => new SoftwareTrain(line))];
        _thread = new Thread(Run) { IsBackground = true, Name = "pulses " + context.Place, Priority = ThreadPriority.Highest };
        _thread.Start();
    }

    /// <summary>The jitter is the latest that an edge has been so far, seconds.</summary>
    public PulseCapabilities Capabilities => new(
        MinHertz, MaxHertz, 0.5 * MaxHertz / Machine.TimestampFrequency * 1e6, (double)Volatile.Read(ref _worst) / Machine.TimestampFrequency, FollowsSel: false, Faults: true);

    /// <inheritdoc/>
    public Task SetAsync(PulseChannel channel, Hertz frequency, TimeSpan width, CancellationToken cancellationToken)
    {
        PulseChecks.Check(Capabilities, frequency, width);
        cancellationToken.ThrowIfCancellationRequested();
        return ChangeAsync(() => _trains[(int)channel].Set(
            frequency.Value == 0 ? 0 : (long)Math.Round(Machine.TimestampFrequency / frequency.Value),
            (long)Math.Round(width.TotalSeconds * Machine.TimestampFrequency), Machine.GetTimestamp()));
    }

    /// <inheritdoc/>
    public Task<PulseReadback> ReadBackAsync(PulseChannel channel, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfBroken();
            SoftwareTrain train = _trains[(int)channel];
            return Task.FromResult(new PulseReadback(
                new Hertz(train.Period == 0 ? 0 : (double)Machine.TimestampFrequency / train.Period),
                TimeSpan.FromMicroseconds(train.Width * NanosecondsPerSecond / Machine.TimestampFrequency / 1e3), train.Emitted));
        }
    }

    /// <inheritdoc/>
    public Task FaultAsync(PulseChannel channel, PulseFault fault, int every, int times, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(every);
        ArgumentOutOfRangeException.ThrowIfNegative(times);
        cancellationToken.ThrowIfCancellationRequested();
        return ChangeAsync(() =>
        {
            SoftwareTrain train = _trains[(int)channel];
            if (train.Period == 0 || (fault == PulseFault.Doubled && train.Period < 4 * train.Width))
            {
                throw new BenchFaultException(
                    FaultKind.Pulses, _context.Place, $"{channel} has no room for a fault: it is stopped or too fast", "Set a frequency of four widths or more first");
            }

            train.Plan(fault, every, times);
        });
    }

    /// <inheritdoc/>
    public Task ClearFaultAsync(PulseChannel channel, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ChangeAsync(() => _trains[(int)channel].Plan(null, 0, 0));
    }

    /// <inheritdoc/>
    public Task<PulseFaultCount> CountFaultsAsync(PulseChannel channel, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfBroken();
            return Task.FromResult(_trains[(int)channel].Faults);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stop = true;
        }

        _changed.Set();
        if (Thread.CurrentThread != _thread)
        {
            _thread.Join();
        }

        foreach (SoftwareTrain train in _trains)
        {
            train.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private Task ChangeAsync(Action change)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stop, this);
            ThrowIfBroken();
            change();
        }

        _changed.Set();
        return Task.CompletedTask;
    }

    private void ThrowIfBroken()
    {
        if (_broken is { } fault)
        {
            throw new BenchFaultException(fault.Kind, fault.Place, fault.Problem, fault.Remedy, fault);
        }
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                long due = long.MaxValue;
                lock (_gate)
                {
                    if (_stop)
                    {
                        return;
                    }

                    long now = Machine.GetTimestamp();
                    foreach (SoftwareTrain train in _trains.Where(train => train.Due <= now))
                    {
                        _worst = Math.Max(_worst, now - train.Due);
                        train.Edge(now);
                    }

                    due = _trains.Min(train => train.Due);
                    _changed.Reset();
                }

                Await(due);
            }
        }
        catch (BenchFaultException fault)
        {
            lock (_gate)
            {
                _broken = fault;
            }
        }
    }

    /// <summary>Sleeps, then spins, until an edge is due or something changed.</summary>
    private void Await(long due)
    {
        long left = due == long.MaxValue ? long.MaxValue : due - Machine.GetTimestamp() - Spin;
        if (left > 0)
        {
            _changed.Wait(due == long.MaxValue ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds((double)left / Machine.TimestampFrequency));
        }

        while (!_changed.IsSet && Machine.GetTimestamp() < due)
        {
            Thread.SpinWait(10);
        }
    }
}
