using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Sensing;
using LabRunner.Station.Client;

namespace LabRunner.Cli.Commands;

/// <summary><c>power</c>: switches a slot's supply and says what the device and the sense line say.</summary>
internal sealed class PowerVerb : IVerb
{
    private readonly HandArguments _hand = new();
    private readonly Argument<string> _action = new("action") { Description = "on, off, cycle or state." };
    private readonly Option<TimeSpan?> _off = HandArguments.Duration("--off", "Of cycle: time between off and on. Default 3s, which a BL602 needs.");
    private readonly Option<TimeSpan?> _for = HandArguments.Duration("--for", "How long it stays on. Default: until Ctrl-C. Only a slot with keepPower: true in the inventory stays on by itself.");

    public Command Build()
    {
        _action.AcceptOnlyFromAmong("on", "off", "cycle", "state");
        Command command = _hand.On(new Command("power", "Switch a slot's supply, confirmed; on and cycle hold it until Ctrl-C or --for, then it is off again; where a station runs, that holds it. Example: ./lab power p1 cycle --off 5s --for 1m --bench my-lab")
        {
            _action, _off, _for,
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string action = parsed.GetValue(_action)!;
        if ((parsed.GetValue(_off) is not null && action != "cycle") || (parsed.GetValue(_for) is not null && action is "off" or "state"))
        {
            throw new UsageException("--off is for cycle, --for is for on and cycle. Leave the option out.");
        }

        using StationClient? station = await _hand.StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        if (station is not null)
        {
            // The station holds it, so that nothing is left for this program to do.
            PowerSight seen = action == "state"
                ? await station.LookAsync(_hand.Slot(parsed), cancellationToken).ConfigureAwait(false)
                : await station.PowerAsync(_hand.Slot(parsed), action, action == "cycle" ? parsed.GetValue(_off) : null, parsed.GetValue(_for), cancellationToken).ConfigureAwait(false);
            Print(parsed, seen);
            if (action is "on" or "cycle" && !seen.KeepsPower)
            {
                _hand.Say(parsed)(parsed.GetValue(_for) is { } length
                    ? string.Create(CultureInfo.InvariantCulture, $"The station holds it for {length.TotalSeconds:0.###} s; then it goes off.")
                    : $"The station holds it until ./lab power {seen.Slot} off, a run, or its own end.");
            }

            return (int)ExitCode.Pass;
        }

        HandOptions options = _hand.Options(parsed, $"power {action}") with { LookOnly = action == "state" };
        HandBench bench = await HandBench.OpenAsync(options, _hand.Say(parsed), cancellationToken).ConfigureAwait(false);
        bool held = false;
        await using (bench.ConfigureAwait(false))
        {
            await bench.RunAsync(
                async token =>
                {
                    PowerSight sight = action switch
                    {
                        "on" => await PowerHand.SwitchAsync(bench, PowerState.On, token).ConfigureAwait(false),
                        "off" => await PowerHand.SwitchAsync(bench, PowerState.Off, token).ConfigureAwait(false),
                        "cycle" => await PowerHand.CycleAsync(bench, parsed.GetValue(_off) ?? PowerHand.UsualOff, token).ConfigureAwait(false),
                        _ => await PowerHand.LookAsync(bench, null, token).ConfigureAwait(false),
                    };
                    Print(parsed, sight);
                    held = action is "on" or "cycle" && !sight.KeepsPower;
                    if (held)
                    {
                        await HoldAsync(parsed, bench, token).ConfigureAwait(false);
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }

        if (held)
        {
            // The disposal above confirmed it, or threw.
            Print(parsed, new PowerSight(options.Slot, "off", "off", null, null, null, false));
        }

        return (int)ExitCode.Pass;
    }

    /// <summary>Until the time is over or somebody ends it; says what the contact does and when the bench itself takes the power away.</summary>
    private async Task HoldAsync(ParseResult parsed, HandBench bench, CancellationToken cancellationToken)
    {
        TimeSpan length = parsed.GetValue(_for) ?? Timeout.InfiniteTimeSpan;
        _hand.Say(parsed)(length == Timeout.InfiniteTimeSpan
            ? "Held until Ctrl-C; then it goes off. A slot with 'keepPower: true' in the inventory stays on."
            : string.Create(CultureInfo.InvariantCulture, $"Held for {length.TotalSeconds:0.###} s; then it goes off."));
        TimeSpan began = bench.Clock.Elapsed;
        TaskCompletionSource<BenchFaultException> tripped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnEdge(ContactEdge edge) =>
            _hand.Say(parsed)(string.Create(CultureInfo.InvariantCulture, $"+{(edge.At - began).TotalSeconds:0.000} s contact {(edge.Closed ? "closed" : "opened")}"));
        void OnTripped(PowerTrip trip) => tripped.TrySetResult(
            trip.Failure ?? new BenchFaultException(FaultKind.Power, $"slot {bench.Slot.Entry.Name}", trip.Reason, "maxOn: in the inventory allows longer"));
        GuardedPower? guarded = bench.Slot.Power as GuardedPower;
        if (guarded is not null)
        {
            guarded.Tripped += OnTripped;
        }

        if (bench.Slot.RelaySense is { } sense)
        {
            sense.Edge += OnEdge;
        }

        try
        {
            Task over = Task.Delay(length, bench.Clock, cancellationToken);
            if (await Task.WhenAny(over, tripped.Task).ConfigureAwait(false) == tripped.Task)
            {
                throw await tripped.Task.ConfigureAwait(false);
            }
        }
        finally
        {
            if (bench.Slot.RelaySense is { } watched)
            {
                watched.Edge -= OnEdge;
            }

            if (guarded is not null)
            {
                guarded.Tripped -= OnTripped;
            }
        }
    }

    private void Print(ParseResult parsed, PowerSight sight)
    {
        if (_hand.Json(parsed))
        {
            Console.WriteLine(JsonSerializer.Serialize(sight, JsonSerializerOptions.Web));
            return;
        }

        string seen = string.Join(", ", new[]
        {
            sight.Contact is { } contact ? $"the sense line sees the contact {(contact ? "closed" : "open")}" : null,
            sight.RailVolts is { } volts ? string.Create(CultureInfo.InvariantCulture, $"the rail has {volts:0.00} V, {sight.RailAmperes:0.000} A") : null,
        }.OfType<string>());
        Console.WriteLine($"{sight.Slot}: {(sight.Commanded is null ? "" : $"{sight.Commanded} commanded, ")}the supply says {sight.Device}{(seen.Length > 0 ? "; " + seen : "")}.");
    }
}
