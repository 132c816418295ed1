using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S10_IpServices;

/// <summary>Parameters of S10.</summary>
public sealed record IpServicesParameters : ICheckedParameters
{
    [Limits("1m", "12h"), Meaning("time in which names get no answer, an unknown one, and a slow one, each")]
    public TimeSpan NamesFor { get; init; } = TimeSpan.FromMinutes(30);

    [Limits("1", "60"), Meaning("seconds until a slow answer")]
    public double SlowSeconds { get; init; } = 5;

    [Limits("120s", "24h"), Meaning("DHCP lease; dnsmasq gives none below 120 s")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(120);

    [Limits("2m", "24h"), Meaning("time on that lease; longer than the lease, or a reset at its end cannot come")]
    public TimeSpan LeaseFor { get; init; } = TimeSpan.FromHours(2);

    [Limits("120s", "24h"), Meaning("another lease, taken only after resets on the first one: whether they follow the lease; a minute or more away from it")]
    public TimeSpan OtherLease { get; init; } = TimeSpan.FromSeconds(240);

    [Limits("0", "1000"), Meaning("times that it is given another address at a renewal, and its usual one again at the next; each is an attempt")]
    public int AddressChanges { get; init; } = 5;

    [Limits("1", "253"), Meaning("by how much the last number of the other address is larger, counted from 1 again after 254; nothing may answer there")]
    public int AddressStep { get; init; } = 100;

    [Meaning("steps of the time server's clock, s; 2038: to half a minute before the end of 32-bit time")]
    public IReadOnlyList<string> TimeSteps { get; init; } = ["3600", "-3600", "86400", "-86400", "2038"];

    [Limits("70s", "1h"), Meaning("time at each step; the firmware asks for the time every 60 s")]
    public TimeSpan TimeFor { get; init; } = TimeSpan.FromSeconds(130);

    [Limits("10s", "30m"), Meaning("after an outage the plug must serve within this time")]
    public TimeSpan BackLimit { get; init; } = TimeSpan.FromSeconds(120);

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Text)> Problems()
    {
        foreach (string step in TimeSteps.Where(step => step.Trim() != EndOfTime && Seconds(step) is null))
        {
            yield return ("timeSteps", $"'{step}' is no step of a clock: write seconds, such as -3600, or {EndOfTime}");
        }

        if ((OtherLease - Lease).Duration() < LeastMove)
        {
            yield return ("otherLease", $"{DurationText.Format(OtherLease)} is too near to 'lease: {DurationText.Format(Lease)}': resets that follow the lease could not be told from others. Write one that is {DurationText.Format(LeastMove)} or more away");
        }
    }

    // Half of it must be far more than what a boot varies by.
    private static readonly TimeSpan LeastMove = TimeSpan.FromMinutes(1);

    /// <summary>The word for a step to the end of 32-bit time.</summary>
    internal const string EndOfTime = "2038";

    /// <summary>A step in seconds; null: it is no number.</summary>
    internal static double? Seconds(string step) => double.TryParse(step, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) ? seconds : null;
}

/// <summary>S10: names, addresses and time that are missing, late or wrong do not take the plug down, and another day is counted once.</summary>
[SlotSuite("S10", "IP services")]
[Needs("http", "network")]
public sealed partial class IpServices(string slot) : SuiteFixture<IpServicesParameters>(slot)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(60);
    private static readonly DateTimeOffset EndOf32Bits = new(2038, 1, 19, 3, 14, 7, TimeSpan.Zero);

    // A reset is what is looked for: the test judges it and its finding explains the incident.
    protected override bool ExpectsIncidents => true;

    [Test]
    public Task SilentNames_ResetNothing() => NamesAsync(NetworkEffect.NamesSilent, 0, "silent", "names got no answer");

    [Test]
    public Task UnknownNames_ResetNothing() => NamesAsync(NetworkEffect.NamesUnknown, 0, "unknown", "every name was unknown");

    [Test]
    public Task SlowNames_ResetNothing() => NamesAsync(NetworkEffect.NamesSlow, Parameters.SlowSeconds, "slow", "names came late");

    private async Task NamesAsync(NetworkEffect effect, double value, string word, string what)
    {
        Lab.Require(effect);
        await Lab.SayAsync(what);
        await RecordBrokerAsync();
        await WatchAsync(
            new DisturbanceName("names", what, "HANG_RECOVERED", "F25"), () => Lab.Bench.DisturbAsync(Lab.Slot, effect, value, Lab.Token), Parameters.NamesFor, Lab.Problems,
            new Asked(word, NetworkQuestion.Names));
        await Lab.Bench.LiftAsync(Lab.Slot, effect, Lab.Token);
        Assert.That(Lab.Problems, Is.Empty, string.Join(" | ", Lab.Problems));
    }

    // A plug whose broker is an address asks no name for it, so that half of what can go wrong (F25) is not asked: on record, and no secret.
    private async Task RecordBrokerAsync()
    {
        if (await SuiteContext.TryAsync<string>(async () => (await Lab.Plug.GetAsync("/cfg_mqtt", Lab.Token)).Body) is not { } page || BrokerField().Match(page) is not { Success: true } field)
        {
            return;
        }

        string host = field.Groups[1].Value;
        bool named = host.Length > 0 && !IPAddress.TryParse(host, out _);
        await Lab.MeasureAsync(new Figure("broker-by-name", named ? 1 : 0, "", named ? Verdict.Pass : Verdict.NotRun)
        {
            Detail = [("meaning", named ? "its broker is a name, which it asks for" : host.Length == 0 ? "it has no broker, and asks no name for one" : "its broker is an address, and it asks no name for it")],
        });
    }

    [GeneratedRegex("name=\"host\" value=\"([^\"]*)\"")]
    private static partial Regex BrokerField();

    [Test]
    public Task DeadAddressServer_ThePlugComesBack() => LeaseEndsBadlyAsync(
        NetworkEffect.AddressesSilent, "dead-address-server", "was dead over the end of a lease", Parameters.Lease);

    // Renewed at half the lease (RFC 2131, T1): refused then, and given anew when it asks.
    [Test]
    public Task RefusedLease_ThePlugComesBack() => LeaseEndsBadlyAsync(
        NetworkEffect.AddressesRefused, "refused-lease", "refused to renew a lease", Parameters.Lease / 2);

    [Test]
    public async Task TimeSteps_ResetNothing()
    {
        Lab.Require(NetworkEffect.TimeError);
        List<string> failures = Lab.Problems;
        bool gone = true;
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync("stopDriver NTP", token));

        // Right at first: a step is one only for a plug that has the time.
        foreach (string step in Parameters.TimeSteps.Prepend("0"))
        {
            double seconds = SecondsOf(step);
            await Lab.SayAsync($"the time server is off by {seconds:0} s");
            gone = await WatchAsync(
                new DisturbanceName("time-step", string.Create(CultureInfo.InvariantCulture, $"the time server's clock was off by {seconds:0} s"), "CRASH", "F28"),
                async () =>
                {
                    await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.TimeError, seconds, Lab.Token);
                    if (gone)
                    {
                        // What it hears first may be another day than the one it remembers. A driver that was started by command is gone with a boot.
                        await Lab.CommandAsync("startDriver NTP");
                    }
                },
                Parameters.TimeFor, failures, new Asked($"{step.Trim()}s", NetworkQuestion.Time));
        }

        await Lab.Bench.LiftAsync(Lab.Slot, NetworkEffect.TimeError, Lab.Token);
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    public async Task SilentTimeServer_ResetsNothing()
    {
        Lab.Require(NetworkEffect.TimeSilent);
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync("stopDriver NTP", token));
        await WatchAsync(
            new DisturbanceName("time-silent", "the time server did not answer", "CRASH", "F28"),
            async () =>
            {
                await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.TimeSilent, 0, Lab.Token);
                await Lab.CommandAsync("startDriver NTP");
            },
            Parameters.TimeFor, Lab.Problems, new Asked("silent", NetworkQuestion.Time));
        await Lab.Bench.LiftAsync(Lab.Slot, NetworkEffect.TimeSilent, Lab.Token);
        Assert.That(Lab.Problems, Is.Empty, string.Join(" | ", Lab.Problems));
    }

    private async Task LeaseEndsBadlyAsync(NetworkEffect effect, string name, string what, TimeSpan until)
    {
        Lab.Require(NetworkEffect.Lease);
        Lab.Require(effect);
        List<string> failures = Lab.Problems;
        await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Lease, Parameters.Lease.TotalSeconds, Lab.Token);
        await TakeNewLeaseAsync(failures);
        await Lab.AttemptAsync(
            new DisturbanceName(name, $"the address server {what} of {DurationText.Format(Parameters.Lease)}", "IP_LOST", "F24"),
            async () =>
            {
                await Lab.Bench.DisturbAsync(Lab.Slot, effect, 0, Lab.Token);
                await Lab.DelayAsync(until + TimeSpan.FromSeconds(30));
                await Lab.Bench.LiftAsync(Lab.Slot, effect, Lab.Token);
            },
            null, Parameters.BackLimit, failures);
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    private double SecondsOf(string step) => step.Trim() == IpServicesParameters.EndOfTime
        ? (EndOf32Bits - TimeSpan.FromSeconds(30) - Lab.Clock.GetUtcNow()).TotalSeconds
        : IpServicesParameters.Seconds(step)!.Value;

    // A lease that was given before keeps its length: only a new association asks anew.
    private async Task TakeNewLeaseAsync(List<string> failures) => await Lab.AttemptAsync(
        new DisturbanceName("new-lease", "sent away to take a new lease", "WIFI_AWAY", "F23"),
        async () =>
        {
            await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Deauthenticate, 0, Lab.Token);
            await Lab.DelayAsync(TimeSpan.FromSeconds(2));
        },
        null, Parameters.BackLimit, failures);

    /// <summary>The plug serves on for a time; the first reset or silence ends it.</summary>
    /// <param name="name">What is done.</param>
    /// <param name="disturb">Puts it on, once the plug's uptime is known.</param>
    /// <param name="length">Time, from then on.</param>
    /// <param name="failures">Gets a sentence when it fails.</param>
    /// <param name="asked">What it asks meanwhile.</param>
    /// <returns>True: it reset or fell silent.</returns>
    private async Task<bool> WatchAsync(DisturbanceName name, Func<Task> disturb, TimeSpan length, List<string> failures, Asked asked)
    {
        await Lab.WaitUntilBootIsCompleteAsync();
        long uptime = (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds;
        TimeSpan started = Lab.Now;
        Condition before = new(started, uptime, 0);
        long? questions = await Lab.Bench.CountQuestionsAsync(Lab.Slot, asked.Question, Lab.Token);
        await disturb();
        string? problem = null;
        await using (await Lab.IntentAsync(IntentKinds.Stimulus, name.What))
        {
            while (problem is null && Lab.Now < started + length)
            {
                await Lab.DelayAsync(Look);
                problem = await LookAsync(before);
            }
        }

        if (problem is not null)
        {
            failures.Add($"{name.Mode} {name.What}: {problem} after {(Lab.Now - started).TotalSeconds:0} s");
        }

        await RecordAsync(name, started, problem, await RecordAskedAsync(asked, questions));
        return problem is not null;
    }

    /// <summary>Keeps what came of a disturbance, and names it where it did harm.</summary>
    private async Task RecordAsync(DisturbanceName name, TimeSpan started, string? problem, string asked)
    {
        await Lab.TrialAsync(name.Step, started, problem is null, Lab.Now - started, ("what", name.What), ("asked", asked), ("problem", problem ?? ""));
        if (problem is not null)
        {
            await Lab.SettleAsync();
            await Lab.FindAsync(name, problem, started);
        }
    }

    private async Task<string?> LookAsync(Condition before)
    {
        TimeSpan asked = Lab.Now;
        PlugInfo? info = await Lab.UntilAsync<PlugInfo>(
            async () =>
            {
                asked = Lab.Now;
                return await Lab.Plug.GetInfoAsync(Lab.Token);
            },
            Silent);
        return info is null ? await SilenceAsync(before.At) : before.HasReset(info, asked) ? $"it reset (up {info.UptimeSeconds} s)" : null;
    }

    // A plug that resets again and again can miss every question, but not the bench's eye.
    private async Task<string> SilenceAsync(TimeSpan since)
    {
        int boots = (await Lab.Bench.GetBootsAsync(Lab.Slot, since, Lab.Token)).Count(b => !b.Expected);
        string silent = string.Create(CultureInfo.InvariantCulture, $"fell silent for {Silent.TotalSeconds:0} s");
        return boots == 0 ? $"it {silent}" : string.Create(CultureInfo.InvariantCulture, $"it reset {boots} time(s) and {silent}");
    }
}
