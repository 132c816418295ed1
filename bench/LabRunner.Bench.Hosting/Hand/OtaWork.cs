using System.Text.RegularExpressions;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What is to be sent as an update, and how. Immutable.</summary>
public sealed record OtaOrder
{
    /// <summary>The file.</summary>
    public required FirmwareImage Image { get; init; }

    /// <summary>What the file is called, for people and for the version in it; never opened.</summary>
    public required string Name { get; init; }

    /// <summary>How it is sent.</summary>
    public OtaSending Sending { get; init; } = OtaSending.Plain;

    /// <summary>Text that the build must contain afterwards; null: the version that the file names, if it does.</summary>
    public string? Expect { get; init; }

    /// <summary>Send also a file that is known to be bad. Default false.</summary>
    public bool Anyway { get; init; }
}

/// <summary>What an update did.</summary>
/// <param name="Before">Build before.</param>
/// <param name="After">Build after the reboot.</param>
/// <param name="StatusLine">First line of the device's reply; null without.</param>
/// <param name="Reply">Its body.</param>
/// <param name="Aborted">The client left on purpose.</param>
/// <param name="BytesSent">Bytes of the file taken by the socket.</param>
/// <param name="TookSeconds">From the connection to the reply, run time.</param>
/// <param name="LongestStallSeconds">Longest time in which the device took nothing, run time.</param>
/// <param name="Differences">Settings that are not as before.</param>
/// <param name="Wanted">What the build must contain; null: nobody knows.</param>
/// <param name="Expected">The build contains it.</param>
public sealed record OtaSight(
    string Before, string After, string? StatusLine, string Reply, bool Aborted, long BytesSent, double TookSeconds, double LongestStallSeconds, IReadOnlyList<string> Differences,
    string? Wanted, bool Expected)
{
    /// <summary>The build is the wanted one and the settings are as before.</summary>
    public bool Passed => Expected && Differences.Count == 0;

    /// <summary>How it ended, one sentence.</summary>
    public string Sentence => (Expected, Differences.Count, Wanted) switch
    {
        (false, _, _) => $"The build does not name {Wanted}.",
        (_, > 0, _) => "The settings changed.",
        _ when Aborted => "The old firmware is up again; all compared settings are as before.",
        (_, _, null) => "Accepted and rebooted; the file names no version to compare with (use --expect). All compared settings are as before.",
        _ => $"Updated, the build names {Wanted}; all compared settings are as before.",
    };
}

/// <summary>Updates a slot over its network from the file's check to the verdict: one order, whoever has opened the bench.</summary>
public static partial class OtaWork
{
    /// <summary>Refuses a file that no plug takes, unless it is to be sent all the same.</summary>
    /// <param name="order">What is to be sent.</param>
    /// <param name="slot">The slot; null: it is not known yet, and its chip is not compared.</param>
    /// <exception cref="OtaRefusedException">It is one.</exception>
    public static void Demand(OtaOrder order, SlotEntry? slot = null)
    {
        if (Refusal(order, slot) is { } refusal)
        {
            throw new OtaRefusedException(refusal);
        }
    }

    /// <summary>Why a file is not sent; null: it is one that the plug takes, or it is to be sent all the same.</summary>
    /// <param name="order">What is to be sent.</param>
    /// <param name="slot">The slot; null: it is not known yet, and its chip is not compared.</param>
    public static string? Refusal(OtaOrder order, SlotEntry? slot = null)
    {
        ArgumentNullException.ThrowIfNull(order);
        FirmwareImage image = order.Image;
        if (order.Anyway)
        {
            return null;
        }

        if (image.Kind is not (ImageKind.Bl602Ota or ImageKind.Bk7231Ota) || (image.Kind == ImageKind.Bl602Ota && image.Problems.Count > 0))
        {
            return $"{order.Name} is a {image.KindText}{(image.Problems.Count > 0 ? ": " + image.Problems[0] : "")}";
        }

        // The device erases its update slot before it looks at the file, and some look at nothing.
        return slot is not null && FlashHand.ChipOf(slot) is var chip && chip.Family() != image.Chip
            ? $"{order.Name} is a {image.KindText}, and slot {slot.Name} has a {chip.Text()}"
            : null;
    }

    /// <summary>Gives power, sends, reboots, waits and compares. Power afterwards is the caller's.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="order">What and how.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends it; an upload that is cut leaves the plug with its update marked as running until a reboot.</param>
    /// <exception cref="OtaRefusedException"><see cref="Refusal"/>; nothing was touched.</exception>
    /// <exception cref="OtaFailedException">Refused, stalled, or not back in time.</exception>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">The supply failed.</exception>
    public static async Task<OtaSight> RunAsync(IHandSlot bench, OtaOrder order, Action<string> say, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(bench);
        ArgumentNullException.ThrowIfNull(order);
        Demand(order, bench.Slot.Entry);

        OtaOutcome outcome = await OtaHand.RunAsync(bench, order.Image.File, order.Sending, say, cancellationToken).ConfigureAwait(false);

        // After an upload that the client left in the middle, the build before is what must be up again.
        string? wanted = outcome.Reply.Aborted && outcome.Reply.BytesSent < order.Image.File.Length ? outcome.Before : order.Expect ?? BuildOf(order.Image, order.Name);
        OtaSight sight = new(
            outcome.Before, outcome.After, outcome.Reply.StatusLine, outcome.Reply.Body, outcome.Reply.Aborted, outcome.Reply.BytesSent, outcome.Reply.Took.TotalSeconds,
            outcome.Reply.LongestStall.TotalSeconds, outcome.Differences, wanted, wanted is null || outcome.After.Contains(wanted, StringComparison.Ordinal));
        foreach (string difference in sight.Differences)
        {
            say("Changed: " + difference);
        }

        say(sight.Sentence);
        return sight;
    }

    /// <summary>
    /// The build that a file is by its own word: the software version of an OTA header is a text of the builder ("EVENT_V1.1.1"), and only one that
    /// looks like a build's number names the build. Releases carry it in the file's name (OpenBL602_1.18.57_OTA.bin.xz.ota).
    /// </summary>
    /// <param name="image">The file.</param>
    /// <param name="name">What it is called.</param>
    /// <returns>Null: it names none.</returns>
    public static string? BuildOf(FirmwareImage image, string name) =>
        image.Version is { } version && Number().Match(version) is { Success: true, Index: 0 } ? version
        : Number().Match(Path.GetFileName(name)) is { Success: true } named ? named.Value : null;

    [GeneratedRegex(@"\d{1,4}(\.\d{1,6}){2}", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
