using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Station.Client;

namespace LabRunner.Cli.Commands;

/// <summary><c>inject</c>: feeds reference pulses of a load and shows what the DUT makes of them.</summary>
internal sealed class InjectVerb : IVerb
{
    private static readonly TimeSpan UsualStep = TimeSpan.FromSeconds(10);

    // How much later than this verb the station stops the pulses by itself; it counts at most a day.
    private static readonly TimeSpan LeftAlone = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestByItself = TimeSpan.FromDays(1);

    private readonly HandArguments _hand = new();
    private readonly Option<double?> _watts = HandArguments.Number("--watts", 0, 100_000, "Active power in W.");
    private readonly Option<double?> _volts = HandArguments.Number("--volts", 1, 1000, "Voltage in V. Default 230.");
    private readonly Option<double?> _pf = HandArguments.Number("--pf", 0.01, 1, "Power factor. Default 1.");
    private readonly Option<double?> _to = HandArguments.Number("--to-watts", 0, 100_000, "End of a ramp that begins at --watts, in equal steps.");
    private readonly Option<double?> _steps = HandArguments.Number("--steps", 2, 1000, "Steps of the ramp, ends included. Default 5.");
    private readonly Option<TimeSpan?> _for = HandArguments.Duration("--for", "How long the load is held; of a ramp: each step, default 10s. Without a ramp the default is until Ctrl-C.");
    private readonly Option<TimeSpan?> _every = HandArguments.Duration("--every", "How often the DUT's own reading is shown. Default 5s.");

    public Command Build()
    {
        Command command = _hand.On(new Command("inject", "Feed BL0937 reference pulses of a load; shows what was really programmed and what the plug reads. Where a station runs, the slot keeps the power it has. Refused on mains without isolatedInjection. Example: ./lab inject p1 --watts 60 --volts 230 --for 30s --bench my-lab")
        {
            _watts, _volts, _pf, _to, _steps, _for, _every,
        });
        _watts.Required = true;
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<LoadPoint> loads = Loads(parsed);
        TimeSpan every = parsed.GetValue(_every) ?? TimeSpan.FromSeconds(5);
        if (every <= TimeSpan.Zero || parsed.GetValue(_for) == TimeSpan.Zero)
        {
            throw new UsageException("--every and --for are above 0.");
        }

        Action<string> say = _hand.Say(parsed);
        using StationClient? station = await _hand.StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        if (station is not null)
        {
            return await AtStationAsync(parsed, station, loads, every, cancellationToken).ConfigureAwait(false);
        }

        HandBench bench = await HandBench.OpenAsync(_hand.Options(parsed, "inject"), say, cancellationToken).ConfigureAwait(false);
        await using (bench.ConfigureAwait(false))
        {
            await bench.RunAsync(
                async token =>
                {
                    // Before power: a slot into which nothing may be fed is not switched either.
                    InjectHand inject = new(bench);
                    await HandReady.EnsureUpAsync(bench, say, token).ConfigureAwait(false);
                    foreach (LoadPoint load in loads)
                    {
                        InjectedSight sight = await inject.EmitAsync(load, token).ConfigureAwait(false);
                        Print(parsed, load, sight);
                        TimeSpan length = parsed.GetValue(_for) ?? (loads.Count > 1 ? UsualStep : Timeout.InfiniteTimeSpan);
                        try
                        {
                            await foreach (MeterSight meter in inject.WatchAsync(sight, every, length, token).ConfigureAwait(false))
                            {
                                Print(parsed, meter);
                            }
                        }
                        catch (OperationCanceledException) when (length == Timeout.InfiniteTimeSpan && cancellationToken.IsCancellationRequested)
                        {
                            // Ctrl-C is how an injection without --for ends.
                        }
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        say("Pulses are stopped.");
        return (int)ExitCode.Pass;
    }

    /// <summary>The station emits, and stops when this ends; the slot keeps the power it has.</summary>
    private async Task<int> AtStationAsync(ParseResult parsed, StationClient station, IReadOnlyList<LoadPoint> loads, TimeSpan every, CancellationToken cancellationToken)
    {
        string slot = _hand.Slot(parsed);
        if (await _hand.IsOffAsync(parsed, station, cancellationToken).ConfigureAwait(false))
        {
            _hand.Say(parsed)($"{slot} has no power, so that it reads nothing: ./lab power {slot} on gives it some.");
        }

        try
        {
            foreach (LoadPoint load in loads)
            {
                TimeSpan length = parsed.GetValue(_for) ?? (loads.Count > 1 ? UsualStep : Timeout.InfiniteTimeSpan);

                // The station stops by itself, in case nobody is here any more to ask for it.
                InjectedSight sight = await station.InjectAsync(slot, load, length == Timeout.InfiniteTimeSpan || length > LongestByItself - LeftAlone ? null : length + LeftAlone, cancellationToken).ConfigureAwait(false);
                Print(parsed, load, sight);
                long began = TimeProvider.System.GetTimestamp();
                TimeSpan Left() => length == Timeout.InfiniteTimeSpan ? every : length - TimeProvider.System.GetElapsedTime(began);
                while (Left() is var left && left > TimeSpan.Zero)
                {
                    await Task.Delay(left < every ? left : every, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                    MeterSight meter = await station.ReadMeterAsync(slot, sight, cancellationToken).ConfigureAwait(false);
                    Print(parsed, meter with { At = TimeProvider.System.GetElapsedTime(began).TotalSeconds });
                }
            }
        }
        catch (OperationCanceledException) when (parsed.GetValue(_for) is null && loads.Count == 1)
        {
            // Ctrl-C is how an injection without --for ends.
        }
        finally
        {
            await station.StopInjectingAsync(slot, CancellationToken.None).ConfigureAwait(false);
        }

        _hand.Say(parsed)("Pulses are stopped.");
        return (int)ExitCode.Pass;
    }

    private IReadOnlyList<LoadPoint> Loads(ParseResult parsed)
    {
        double volts = parsed.GetValue(_volts) ?? 230;
        double pf = parsed.GetValue(_pf) ?? 1;
        double from = parsed.GetValue(_watts)!.Value;
        if (parsed.GetValue(_to) is not { } to)
        {
            return parsed.GetValue(_steps) is null ? [new LoadPoint(volts, from, pf)] : throw new UsageException("--steps is for a ramp: give --to-watts too.");
        }

        int steps = (int)(parsed.GetValue(_steps) ?? 5);
        return [.. Enumerable.Range(0, steps).Select(i => new LoadPoint(volts, from + ((to - from) * i / (steps - 1)), pf))];
    }

    private void Print(ParseResult parsed, LoadPoint load, InjectedSight sight)
    {
        if (_hand.Json(parsed))
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    load, volts = sight.Volts, amperes = sight.Amperes, watts = sight.Watts, followsSel = sight.FollowsSel,
                    channels = sight.Channels.Select(c => new { channel = c.Channel.ToString(), c.AskedHertz, c.ProgrammedHertz, c.ErrorPpm, c.Emitted }),
                },
                JsonSerializerOptions.Web));
            return;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Load {load.Volts:0.###} V, {load.Watts:0.###} W, power factor {load.PowerFactor:0.###}:"));
        foreach (InjectedChannel channel in sight.Channels)
        {
            string error = channel.ErrorPpm is { } ppm ? string.Create(CultureInfo.InvariantCulture, $" ({ppm:+0.0;-0.0;0} ppm)") : "";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"  {channel.Channel,-11} asked {channel.AskedHertz,10:0.0000} Hz, programmed {channel.ProgrammedHertz,10:0.0000} Hz{error}"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  a perfect meter reads {sight.Volts:0.000} V, {sight.Amperes:0.0000} A, {sight.Watts:0.000} W{(sight.FollowsSel ? "" : "; this source does not follow SEL: V and A are wrong for a moment after each change")}"));
    }

    private void Print(ParseResult parsed, MeterSight meter)
    {
        if (_hand.Json(parsed))
        {
            Console.WriteLine(JsonSerializer.Serialize(meter, JsonSerializerOptions.Web));
            return;
        }

        string figures = string.Join(", ", meter.Figures.Select(f => string.Create(
            CultureInfo.InvariantCulture,
            $"{(f.Read is { } read ? $"{read.ToString("0.###", CultureInfo.InvariantCulture)} {f.Unit}" : $"no {f.Name}")}{(f.ErrorPercent is { } percent ? $" ({percent.ToString("+0.00;-0.00;0", CultureInfo.InvariantCulture)} %" : "")}{(f.ErrorPercent is not null && f.Quanta is { } quanta ? $", {quanta.ToString("+0.0;-0.0;0", CultureInfo.InvariantCulture)} quanta)" : f.ErrorPercent is null ? "" : ")")}")));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  +{meter.At,6:0.0} s the plug reads {(meter.Problem is null ? figures : "nothing: " + meter.Problem)}"));
    }
}
