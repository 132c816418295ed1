using System.Globalization;
using System.Net;
using LabRunner.Fixtures;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S10_IpServices;

/// <content>
/// Another address at the renewal of a lease, and the usual one at the next (F24): the plug serves at the one that it was given, and is silent at the other. The
/// suite follows it there; the watch asks at the usual address, so that a disturbance lies over the whole.
/// </content>
public sealed partial class IpServices
{
    // A question that gets no answer is asked again, or a lost packet would be silence.
    private const int SilenceAsked = 3;

    [Test]
    public async Task ChangedAddress_ThePlugServesAtTheNewOneOnly()
    {
        Lab.Require(NetworkEffect.Lease);
        Lab.Require(NetworkEffect.Address);
        SuiteContext.Ask(Parameters.AddressChanges, "changes of the address");
        (Place usual, Place other) = await PlacesAsync();
        List<string> failures = Lab.Problems;
        await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Lease, Parameters.Lease.TotalSeconds, Lab.Token);
        await TakeNewLeaseAsync(failures);
        await Lab.WaitUntilBootIsCompleteAsync();
        List<double?> times = [];
        TimeSpan limit = (Parameters.Lease / 2) + Parameters.BackLimit;
        await using (await Lab.IntentAsync(IntentKinds.Disturbance, $"its address is {other.Host}, and {usual.Host} again", ("step", "changed-address")))
        {
            for (int i = 0; i < 2 * Parameters.AddressChanges && failures.Count == 0; i++)
            {
                await Lab.SayAsync($"address {i + 1} of {2 * Parameters.AddressChanges}");
                times.Add(await (i % 2 == 0 ? MoveAsync(usual, other, limit, failures) : MoveAsync(other, usual, limit, failures)));
            }

            if (failures.Count > 0)
            {
                // At its usual address again, which it asks for as it boots.
                await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Address, usual.LastNumber, Lab.Token);
                if (await Lab.RestartAsync("to take its usual address again", Parameters.BackLimit) is null)
                {
                    // Without power: it is given it at its next renewal.
                    await Lab.UntilAsync<PlugInfo>(async () => await usual.Plug.GetInfoAsync(Lab.Token), limit);
                }
            }
        }

        // Lifted at the usual address: it is not taken there by a reservation of the server's own alone.
        await Lab.Bench.LiftAsync(Lab.Slot, NetworkEffect.Address, Lab.Token);
        if (times.Count > 0)
        {
            await Lab.RecordAsync("changed-address", times, limit);
        }

        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    /// <summary>One attempt: it holds the one address, and is given the other at its next renewal.</summary>
    /// <returns>Time until it served at the new address, from when the server had it, s; null: it did not, or something else was wrong.</returns>
    private async Task<double?> MoveAsync(Place from, Place to, TimeSpan limit, List<string> failures)
    {
        TimeSpan started = Lab.Now;
        PlugInfo? before = await InfoAsync(from);
        TimeSpan told = Lab.Now;
        await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Address, to.LastNumber, Lab.Token);
        TimeSpan given = Lab.Now;
        TimeSpan asked = given;
        PlugInfo? there = before is null ? null : await Lab.UntilAsync<PlugInfo>(
            async () =>
            {
                asked = Lab.Now;
                return await to.Plug.GetInfoAsync(Lab.Token);
            },
            limit);
        TimeSpan took = Lab.Now - given;
        string? problem = before is null ? $"it did not serve at {from.Host} before"
            : there is null ? await InfoAsync(from) is null ? "it serves at neither address" : $"it serves at {from.Host} still, and not at {to.Host}"
            : new Condition(told, before.UptimeSeconds, 0).HasReset(there, asked) ? $"it reset (up {there.UptimeSeconds} s)"
            : await InfoAsync(from) is not null ? $"it serves at {to.Host}, and at {from.Host} too"
            : there.Ip == before.Ip ? $"it serves at {to.Host} and says that its address is {there.Ip}, as before"
            : null;
        await Lab.TrialAsync(
            "changed-address", given, problem is null, took, ("from", from.Host), ("to", to.Host), ("says", there?.Ip ?? "nothing"), ("problem", problem ?? ""));
        if (problem is null)
        {
            return took.TotalSeconds;
        }

        DisturbanceName name = new("changed-address", $"the address server gave it {to.Host} for {from.Host}", "IP_LOST", "F24");
        failures.Add($"{name.Mode} {name.What}: {problem}");
        await Lab.FindAsync(name, problem, started);
        return null;
    }

    private async Task<PlugInfo?> InfoAsync(Place place)
    {
        PlugInfo? info = null;
        for (int i = 0; info is null && i < SilenceAsked; i++)
        {
            info = await SuiteContext.TryAsync<PlugInfo>(async () => await place.Plug.GetInfoAsync(Lab.Token));
        }

        return info;
    }

    /// <summary>The address of the inventory, and the other one; a bench on which that cannot be asked leaves the test NOT RUN.</summary>
    private async Task<(Place Usual, Place Other)> PlacesAsync()
    {
        Uri usual = Lab.Plug.Address;
        if (LastNumberOf(usual.Host) is not { } own)
        {
            throw new IgnoreException($"the inventory names the plug by '{usual.Host}', which is no IPv4 address: there is none beside it to give");
        }

        int number = ((own - 1 + Parameters.AddressStep) % 254) + 1;
        Place other = PlaceOf(string.Create(CultureInfo.InvariantCulture, $"{NetworkEffects.WithLastNumber(usual.Host, number)}:{usual.Port}"));
        if (Lab.Description.Slots.FirstOrDefault(s => s.Http == $"{other.Host}:{usual.Port}") is { } theirs)
        {
            throw new IgnoreException($"{other.Host} is slot {theirs.Name}'s: write another addressStep");
        }

        if (await SuiteContext.TryAsync<PlugInfo>(async () => await other.Plug.GetInfoAsync(Lab.Token)) is { } stranger)
        {
            throw new IgnoreException($"{stranger.ShortName} ({stranger.Mac}) serves at {other.Host}: write another addressStep");
        }

        return (new Place(Lab.Plug, usual.Host, own), other);
    }

    private Place PlaceOf(string hostPort)
    {
        IPlug plug = Lab.PlugAt(hostPort);
        return new Place(plug, plug.Address.Host, LastNumberOf(plug.Address.Host)!.Value);
    }

    private static int? LastNumberOf(string host) => IPAddress.TryParse(host, out IPAddress? address) && address.GetAddressBytes() is [_, _, _, var last] ? last : null;

    /// <summary>The plug at an address.</summary>
    private sealed record Place(IPlug Plug, string Host, int LastNumber);
}
