using System.Globalization;
using LabRunner.Reports.Records;
using static System.FormattableString;

namespace LabRunner.Bench.Checkups;

/// <summary>One thing that was looked at.</summary>
/// <param name="What">A word or two.</param>
/// <param name="Verdict">PASS, WARN, INCONCLUSIVE, INVALID or FAIL.</param>
/// <param name="Text">What was found, without a full stop.</param>
public sealed record CheckupItem(string What, Verdict Verdict, string Text);

/// <summary>
/// What is looked at before and after a slot's night, so that a change over the night is found although no suite looked for it. The facts
/// are the identity rows of the journal; these rules only read them. Pure.
/// </summary>
public static class CheckupRules
{
    /// <summary>Weakest signal with which a failure of the network says something about the plug, dBm.</summary>
    public const int WeakestRssi = -70;

    // ConsumptionThreshold: a cut loses what came since the last save, and what is shown before the night need not be saved.
    private const double EnergyAtRiskKilowattHours = 0.011;

    /// <summary>The slot before the night.</summary>
    /// <param name="now">Facts; see <see cref="CheckupFacts"/>.</param>
    /// <param name="railLowest">Of the plan's watch, V.</param>
    /// <param name="railHighest">Of the plan's watch, V.</param>
    public static IReadOnlyList<CheckupItem> Before(IReadOnlyDictionary<string, string> now, double railLowest, double railHighest) =>
        Unreachable(now) is { } silent ? [silent, .. Bench(now, railLowest, railHighest)] : [.. Identity(now), .. Bench(now, railLowest, railHighest), .. Radio(now), .. Meter(now)];

    /// <summary>The slot after the night, compared with before.</summary>
    /// <param name="before">Facts of before.</param>
    /// <param name="now">Facts.</param>
    /// <param name="railLowest">Of the plan's watch, V.</param>
    /// <param name="railHighest">Of the plan's watch, V.</param>
    /// <param name="cutShort">A suite of the slot was ended from outside and may have left settings behind: a change is then nobody's fault.</param>
    public static IReadOnlyList<CheckupItem> After(
        IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now, double railLowest, double railHighest, bool cutShort)
    {
        if (Unreachable(now) is { } silent)
        {
            return [silent, .. Bench(now, railLowest, railHighest)];
        }

        if (Unreachable(before) is not null)
        {
            return [new("before", Verdict.Inconclusive, "nothing to compare with: it did not answer before the night"), .. Bench(now, railLowest, railHighest), .. Radio(now)];
        }

        return [.. Changes(before, now, cutShort), .. Bench(now, railLowest, railHighest), .. Radio(now), .. Energy(before, now)];
    }

    /// <summary>One verdict row of the items.</summary>
    public static VerdictRecord Row(string slot, string rule, IReadOnlyList<CheckupItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        List<CheckupItem> told = [.. items.Where(i => i.Verdict != Verdict.Pass)];
        string fine = string.Join(", ", items.Where(i => i.Verdict == Verdict.Pass).Select(i => $"{i.What} {i.Text}".TrimEnd()));
        string text = string.Join("; ", told.Select(i => $"{i.What}: {i.Text}").Append(fine).Where(t => t.Length > 0));
        return new VerdictRecord(
            0, $"slot:{slot}", rule, told.Count, "findings", 0, null, null, null, items.Count == 0 ? Verdict.NotRun : items.Max(i => i.Verdict), text.Length == 0 ? "nothing to look at" : text);
    }

    private static CheckupItem? Unreachable(IReadOnlyDictionary<string, string> facts) =>
        facts.TryGetValue(CheckupFacts.Unreachable, out string? why) ? new("plug", Verdict.Inconclusive, $"it does not answer ({why.TrimEnd('.')})") : null;

    private static IEnumerable<CheckupItem> Identity(IReadOnlyDictionary<string, string> facts)
    {
        if (facts.TryGetValue(CheckupFacts.Build, out string? build))
        {
            yield return new("build", Verdict.Pass, build);
        }

        if (facts.TryGetValue(CheckupFacts.SettingsHash, out string? hash))
        {
            yield return new("settings", Verdict.Pass, hash);
        }
    }

    private static IEnumerable<CheckupItem> Changes(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now, bool cutShort)
    {
        bool updated = Changed(before, now, CheckupFacts.OtaCounter);
        List<string> changed = [.. before.Keys.Where(key => key.StartsWith(CheckupFacts.Setting, StringComparison.Ordinal) && Changed(before, now, key))];
        yield return changed.Count == 0
            ? new("settings", Verdict.Pass, now.GetValueOrDefault(CheckupFacts.SettingsHash, "not told"))
            : new("settings", cutShort ? Verdict.Warn : Verdict.Fail, string.Join(", ", changed.Select(key =>
                $"{key[CheckupFacts.Setting.Length..]} was '{before[key]}' and is '{now.GetValueOrDefault(key, "")}'")) + (cutShort ? " (a suite was cut short and may have left this)" : ""));
        if (Changed(before, now, CheckupFacts.Mac))
        {
            yield return new("MAC", Verdict.Fail, $"was {before[CheckupFacts.Mac]} and is {now.GetValueOrDefault(CheckupFacts.Mac)}: another plug, or its identity is lost");
        }

        if (before.TryGetValue(CheckupFacts.Build, out string? was))
        {
            string build = now.GetValueOrDefault(CheckupFacts.Build, "");
            yield return build == was ? new("build", Verdict.Pass, build)
                : new("build", updated ? Verdict.Warn : Verdict.Fail, $"was '{was}' and is '{build}'{(updated ? ": an update was not taken back" : ", and no update was made")}");
        }

        foreach (CheckupItem item in Calibration(before, now))
        {
            yield return item;
        }
    }

    private static IEnumerable<CheckupItem> Calibration(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now)
    {
        foreach ((string name, string unit) in CheckupFacts.MeterReadings)
        {
            if (Number(before, name) is { } was && Number(now, name) is { } isNow)
            {
                // Both readings have the noise of a quantum, which the facts carry beside them.
                double allowed = 2 * Math.Max(Number(now, name + CheckupFacts.Quantum) ?? 0, Math.Abs(was) * 0.01);
                string text = Invariant($"{isNow:0.###} {unit}");
                yield return Math.Abs(isNow - was) <= allowed
                    ? new(name, Verdict.Pass, text)
                    : new(name, Verdict.Fail, Invariant($"the same load read {was:0.###} {unit} and reads {text}: the calibration is lost"));
            }
        }
    }

    private static IEnumerable<CheckupItem> Meter(IReadOnlyDictionary<string, string> now)
    {
        foreach ((string name, string unit) in CheckupFacts.MeterReadings)
        {
            if (Number(now, name) is { } reading && Number(now, name + CheckupFacts.Emitted) is { } emitted)
            {
                bool far = Math.Abs(reading - emitted) > 2 * Math.Max(Number(now, name + CheckupFacts.Quantum) ?? 0, Math.Abs(emitted) * 0.01);
                yield return new(name, far ? Verdict.Warn : Verdict.Pass, far ? Invariant($"reads {reading:0.###} {unit} of {emitted:0.###} {unit} emitted: S14 will judge it") : Invariant($"{reading:0.###} {unit}"));
            }
        }
    }

    private static IEnumerable<CheckupItem> Bench(IReadOnlyDictionary<string, string> now, double railLowest, double railHighest)
    {
        if (Number(now, CheckupFacts.RailVolts) is { } volts)
        {
            bool outside = volts < railLowest || volts > railHighest;
            yield return new("rail", outside ? Verdict.Invalid : Verdict.Pass, outside ? Invariant($"{volts:0.00} V, outside {railLowest:0.0#} to {railHighest:0.0#} V: mend the supply") : Invariant($"{volts:0.00} V"));
        }

        if (now.TryGetValue(CheckupFacts.Sentinel, out string? sentinel))
        {
            yield return sentinel == CheckupFacts.Serves
                ? new("sentinel", Verdict.Pass, "serves")
                : new("sentinel", Verdict.Invalid, "the sentinel does not serve: a fault of the bench cannot be told from one of the plug");
        }
    }

    private static IEnumerable<CheckupItem> Radio(IReadOnlyDictionary<string, string> now)
    {
        if (Number(now, CheckupFacts.Rssi) is { } rssi)
        {
            yield return new("RSSI", rssi < WeakestRssi ? Verdict.Warn : Verdict.Pass, rssi < WeakestRssi ? Invariant($"{rssi:0} dBm is below {WeakestRssi} dBm: its network failures may be the air's") : Invariant($"{rssi:0} dBm"));
        }
    }

    private static IEnumerable<CheckupItem> Energy(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now)
    {
        if (Number(before, CheckupFacts.EnergyTotal) is { } was && Number(now, CheckupFacts.EnergyTotal) is { } isNow && isNow < was - EnergyAtRiskKilowattHours)
        {
            yield return new("energy total", Verdict.Fail, Invariant($"fell from {was:0.###} kWh to {isNow:0.###} kWh; a power cut may cost 10 Wh"));
        }
    }

    private static bool Changed(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> now, string key) =>
        before.TryGetValue(key, out string? was) && now.TryGetValue(key, out string? isNow) && was != isNow;

    private static double? Number(IReadOnlyDictionary<string, string> facts, string key) =>
        facts.TryGetValue(key, out string? text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}
