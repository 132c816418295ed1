using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Power;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Flashes the DUT of one slot: loader, session, image, and the proof that the new firmware comes up.</summary>
public static class FlashHand
{
    private const int LongestLine = 4096;

    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan OffTime = TimeSpan.FromSeconds(3);

    /// <summary>Chip of the board in a slot.</summary>
    public static ChipModel ChipOf(SlotEntry slot) => ChipModels.Parse(slot.Board.Description.Chip);

    /// <summary>Runs a use of the chip in download mode; the byte trace goes to flash-trace.txt of the folder.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="loaderFile">The vendor's loader; null: the inventory's.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="use">What to do with the chip.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <exception cref="FlashFailedException">Any failure of chip, image or loader.</exception>
    public static async Task<T> WithChipAsync<T>(
        HandBench bench, string? loaderFile, Action<string> say, Func<IFlashSession, Task<T>> use, CancellationToken cancellationToken)
    {
        SlotEntry entry = bench.Slot.Entry;
        bench.Interlocks.Demand(entry, SlotAction.Flash);
        if (bench.Slot.Console is not { } console)
        {
            throw new UsageException($"slot {entry.Name} has no console: flashing goes over its UART. Add console: to the slot.");
        }

        IFlasher flasher = Flashers.For(bench, loaderFile, say);
        TracedPort port = new(await console.OpenAsync(cancellationToken).ConfigureAwait(false), bench.Clock, Path.Combine(bench.Folder, "flash-trace.txt"));
        await using (port.ConfigureAwait(false))
        {
            FlashWiring wiring = new(entry.Name, port, bench.Slot.BootStrap, bench.Slot.Reset, bench.Slot.Power, bench.Clock);
            say($"{port.Path}: {Flashers.Entering(ChipOf(entry))}.");
            IFlashSession session = await flasher.ConnectAsync(wiring, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                ChipIdentity chip = session.Chip;
                say(string.Create(
                    CultureInfo.InvariantCulture, $"Chip {chip.Model.Text()}, {chip.ChipId}, flash {chip.FlashBytes / 1024:N0} KiB ({chip.FlashId}), {chip.Baud:N0} baud."));
                return await use(session).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Power cycle with BOOT released; waits for the firmware's own words on the console.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="version">Version to wait for; null: any firmware's start.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The line that told it.</returns>
    /// <exception cref="FlashFailedException">Stage "boot": it did not come up.</exception>
    public static async Task<string> BootAsync(HandBench bench, string? version, CancellationToken cancellationToken)
    {
        ISerialPort port = await bench.Slot.Console!.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (port.ConfigureAwait(false))
        {
            await port.SetBaudAsync(bench.Slot.Entry.Board.ConsoleBaud, cancellationToken).ConfigureAwait(false);
            if (bench.Slot.BootStrap is { } strap)
            {
                await strap.SetAsync(false, cancellationToken).ConfigureAwait(false);
            }

            if (bench.Slot.Power is { } power)
            {
                await power.CycleAsync(OffTime, bench.Clock, cancellationToken).ConfigureAwait(false);
            }

            using CancellationTokenSource limit = new(BootLimit, bench.Clock);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            string last = "nothing";
            try
            {
                await foreach (string line in LinesAsync(port.Input, either.Token).ConfigureAwait(false))
                {
                    last = line;
                    if (line.Contains(version ?? Flashers.FirmwareName(ChipOf(bench.Slot.Entry)), StringComparison.Ordinal))
                    {
                        return line;
                    }
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The limit: said below.
            }

            throw new FlashFailedException(
                "boot",
                string.Create(CultureInfo.InvariantCulture, $"the flash is verified, but the firmware did not {(version is null ? "start" : $"name its version {version}")} within {BootLimit.TotalSeconds:0} s (last words: {last})"),
                Flashers.BootCheck(ChipOf(bench.Slot.Entry)));
        }
    }

    private static async IAsyncEnumerable<string> LinesAsync(
        PipeReader input, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken).ConfigureAwait(false);
            ReadOnlySequence<byte> rest = result.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                yield return Clean(rest.Slice(0, end));
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            // Noise without line ends must not fill the memory.
            input.AdvanceTo(rest.Length > LongestLine ? rest.End : rest.Start, rest.End);
            if (result.IsCompleted)
            {
                yield break;
            }
        }
    }

    private static string Clean(ReadOnlySequence<byte> line) =>
        string.Concat(Encoding.Latin1.GetString(line.ToArray()).Where(c => c is >= ' ' and <= '~')).Trim();
}
