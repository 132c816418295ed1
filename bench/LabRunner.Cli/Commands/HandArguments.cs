using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Client;

namespace LabRunner.Cli.Commands;

/// <summary>What every verb has that holds one slot by hand.</summary>
internal sealed class HandArguments
{
    private readonly Argument<string> _slot = new("slot") { Description = "Slot of the bench." };
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<string?> _attach = new("--attach")
    {
        Description = "Use the virtual plugs of a running './lab virtual': its folder, or nothing where only one runs. Without it each command has plugs of its own.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<double?> _scale = new("--time-scale") { Description = "Of a virtual bench." };
    private readonly Option<bool> _alone = new("--alone") { Description = "Open the bench in this program, also where a station could be asked." };
    private readonly Option<string?> _why = new("--why") { Description = "Why, for the station's audit log; without a station for who wants the slot meanwhile." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, one document a line." };

    /// <summary>A command with these and its own options.</summary>
    public Command On(Command command)
    {
        command.Arguments.Insert(0, _slot);
        foreach (Option option in new Option[] { _bench, _attach, _scale, _alone, _why, _json })
        {
            command.Options.Add(option);
        }

        return command;
    }

    /// <summary>The slot.</summary>
    public string Slot(ParseResult parsed) => parsed.GetValue(_slot)!;

    /// <summary>The station that has the bench; null: none, so that this program opens it itself.</summary>
    public async Task<StationClient?> StationAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_alone) || parsed.GetResult(_attach) is { Implicit: false } || parsed.GetValue(_scale) is not null)
        {
            return null;
        }

        StationClient? station = await StationClient.FindAsync(parsed.GetValue(_bench)!, null, cancellationToken).ConfigureAwait(false);
        station?.Why = parsed.GetValue(_why);
        return station;
    }

    /// <summary>Whether a slot of a station is known to be off, for a word beforehand; what asks for the slot next tells what is wrong.</summary>
    public async Task<bool> IsOffAsync(ParseResult parsed, StationClient station, CancellationToken cancellationToken)
    {
        try
        {
            return !Json(parsed) && (await station.LookAsync(Slot(parsed), cancellationToken).ConfigureAwait(false)).Device == "off";
        }
        catch (Exception unknown) when (unknown is BenchFaultException or UsageException)
        {
            return false;
        }
    }

    /// <summary>JSON is asked for.</summary>
    public bool Json(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Sentences for a person: none where JSON is asked for.</summary>
    public Action<string> Say(ParseResult parsed) => Json(parsed) ? _ => { } : Console.WriteLine;

    /// <summary>What was asked for.</summary>
    public HandOptions Options(ParseResult parsed, string purpose) => new()
    {
        Bench = parsed.GetValue(_bench)!,
        Slot = parsed.GetValue(_slot)!,
        Purpose = parsed.GetValue(_why) is { Length: > 0 } why ? $"{purpose} ({why})" : purpose,
        TimeScale = parsed.GetValue(_scale),
        Attach = parsed.GetResult(_attach) is { Implicit: false } ? parsed.GetValue(_attach) ?? "" : null,
    };

    /// <summary>An option that is a duration, written like 300ms, 5s or 2m.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            string text = string.Join(' ', result.Tokens.Select(t => t.Value));
            if (DurationText.TryParse(text, out TimeSpan duration))
            {
                return duration;
            }

            result.AddError($"{name}: '{text}' is no duration. Write {DurationText.Form}.");
            return null;
        },
    };

    /// <summary>An option that is a number in a range.</summary>
    public static Option<double?> Number(string name, double from, double to, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            string text = string.Join(' ', result.Tokens.Select(t => t.Value));
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            {
                result.AddError(FormattableString.Invariant($"{name}: '{text}' is no number. Write one from {from} to {to}, without a unit."));
                return null;
            }

            if (!(value >= from && value <= to))
            {
                result.AddError(FormattableString.Invariant($"{name}: {value} is outside {from} to {to}."));
                return null;
            }

            return value;
        },
    };
}
