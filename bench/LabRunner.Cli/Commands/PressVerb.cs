using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Station.Client;

namespace LabRunner.Cli.Commands;

/// <summary><c>press</c>: presses a slot's button and shows what the relay made of it, on one clock.</summary>
internal sealed class PressVerb : IVerb
{
    private readonly HandArguments _hand = new();
    private readonly Option<double?> _ms = HandArguments.Number("--ms", 0.1, 600_000, "Length of a press in ms. Default 100; OpenBeken ignores up to 60 and takes over 1000 for a hold.");
    private readonly Option<TimeSpan?> _hold = HandArguments.Duration("--hold", "Length of a press as a duration, such as 5s; in place of --ms.");
    private readonly Option<double?> _count = HandArguments.Number("--count", 1, 1000, "Presses. Default 1.");
    private readonly Option<double?> _gap = HandArguments.Number("--gap", 0.1, 600_000, "From a release to the next press in ms. Default 200.");
    private readonly Option<double?> _bounce = HandArguments.Number("--bounce", 2, 1000, "Edges of contact bounce before the press rests, an even number.");
    private readonly Option<double?> _bounceGap = HandArguments.Number("--bounce-gap", 0.1, 1000, "Between two edges of the bounce in ms. Default 2.");
    private readonly Option<bool> _atPowerUp = new("--at-power-up") { Description = "Held while the slot gets its power; the length counts from power-on." };
    private readonly Option<TimeSpan?> _answer = HandArguments.Duration("--answer", "How long the relay is waited for after the last release. Default 2s.");

    public Command Build()
    {
        Command command = _hand.On(new Command("press", "Press a slot's button and show the relay's answer: 0 it moved, 1 it did not. Gives power where it is off, and takes it away again. Example: ./lab press p1 --ms 120 --count 2 --gap 300 --bench my-lab")
        {
            _ms, _hold, _count, _gap, _bounce, _bounceGap, _atPowerUp, _answer,
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        PressOrder order = Order(parsed);
        Action<string> say = _hand.Say(parsed);
        PressSight? sight = null;
        using StationClient? station = await _hand.StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        if (station is not null)
        {
            if (!order.AtPowerUp && await _hand.IsOffAsync(parsed, station, cancellationToken).ConfigureAwait(false))
            {
                say($"{_hand.Slot(parsed)}: the station gives it power for the press and waits for the DUT.");
            }

            sight = await station.PressAsync(_hand.Slot(parsed), order, cancellationToken).ConfigureAwait(false);
            Print(parsed, _hand.Slot(parsed), order, sight);
            return (int)(sight.Answered == false ? ExitCode.Fail : ExitCode.Pass);
        }

        HandBench bench = await HandBench.OpenAsync(_hand.Options(parsed, "press"), say, cancellationToken).ConfigureAwait(false);
        await using (bench.ConfigureAwait(false))
        {
            await bench.RunAsync(
                async token =>
                {
                    if (!order.AtPowerUp)
                    {
                        await HandReady.EnsureUpAsync(bench, say, token).ConfigureAwait(false);
                    }

                    sight = await PressHand.RunAsync(bench, order, token).ConfigureAwait(false);
                    Print(parsed, _hand.Slot(parsed), order, sight);
                },
                cancellationToken).ConfigureAwait(false);
        }

        return (int)(sight!.Answered == false ? ExitCode.Fail : ExitCode.Pass);
    }

    private PressOrder Order(ParseResult parsed)
    {
        PressOrder usual = new();
        bool many = parsed.GetValue(_count) > 1;
        double bounce = parsed.GetValue(_bounce) ?? 0;
        if (parsed.GetValue(_ms) is not null && parsed.GetValue(_hold) is not null)
        {
            throw new UsageException("--ms and --hold both say how long a press is. Leave one of them out.");
        }

        if ((many ? 1 : 0) + (bounce > 0 ? 1 : 0) + (parsed.GetValue(_atPowerUp) ? 1 : 0) > 1)
        {
            throw new UsageException("--count above 1, --bounce and --at-power-up are three kinds of press. Choose one.");
        }

        if (bounce % 2 != 0 || parsed.GetValue(_count) % 1 > 0)
        {
            throw new UsageException("--count is a whole number, --bounce an even one: the first edge pushes, the last lets go.");
        }

        if (parsed.GetValue(_hold) == TimeSpan.Zero)
        {
            throw new UsageException("--hold: a press lasts longer than 0.");
        }

        return usual with
        {
            Length = parsed.GetValue(_hold) ?? Milliseconds(parsed.GetValue(_ms)) ?? usual.Length,
            Count = (int)(parsed.GetValue(_count) ?? 1),
            Gap = Milliseconds(parsed.GetValue(_gap)) ?? usual.Gap,
            BounceEdges = (int)bounce,
            BounceEvery = Milliseconds(parsed.GetValue(_bounceGap)) ?? usual.BounceEvery,
            AtPowerUp = parsed.GetValue(_atPowerUp),
            Answer = parsed.GetValue(_answer) ?? usual.Answer,
        };
    }

    private static TimeSpan? Milliseconds(double? value) => value is { } ms ? TimeSpan.FromMilliseconds(ms) : null;

    private void Print(ParseResult parsed, string slot, PressOrder order, PressSight sight)
    {
        if (_hand.Json(parsed))
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new { slot, before = sight.Before, after = sight.After, answered = sight.Answered, edges = sight.Edges }, JsonSerializerOptions.Web));
            return;
        }

        foreach (PressEdge edge in sight.Edges)
        {
            bool button = edge.What is "pushed" or "let go";
            string after = edge.AfterRelease is { } ms ? string.Create(CultureInfo.InvariantCulture, $", {ms:0.0} ms after the release") : "";
            string lost = edge.Lost > 0 ? $", {edge.Lost} edges before it were lost" : "";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{edge.At,10:0.00} ms  {(button ? "button" : "relay "),-6} {edge.What}{(edge.Uncertainty > 0 ? string.Create(CultureInfo.InvariantCulture, $" (±{edge.Uncertainty:0.00} ms)") : "")}{after}{lost}"));
        }

        Console.WriteLine(sight.Answered switch
        {
            true => $"The relay answered: {Word(sight.Before)} before, {Word(sight.After)} now.",
            false => string.Create(CultureInfo.InvariantCulture, $"The relay did not move within {order.Answer.TotalSeconds:0.###} s; it is {Word(sight.After)}."),
            null => $"Slot {slot} has no relaySense: what the relay did is not known.",
        });
    }

    private static string Word(bool? closed) => closed == true ? "closed" : "open";
}
