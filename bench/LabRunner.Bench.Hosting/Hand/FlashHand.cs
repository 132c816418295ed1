using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Flashes the DUT of one slot: loader, session, image, and the proof that the new firmware comes up.</summary>
public static class FlashHand
{
    private const int LongestLine = 4096;

    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan OffTime = TimeSpan.FromSeconds(3);

    // A pulled adapter is plugged in again within this, or a person is needed.
    private static readonly TimeSpan PortBackLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    // Shorter lines may be noise of a wrong speed.
    private const int ShortestWords = 12;

    /// <summary>Chip of the board in a slot.</summary>
    public static ChipModel ChipOf(SlotEntry slot) => ChipModels.Parse(slot.Board.Description.Chip);

    /// <summary>Whether this program itself can bring the DUT's chip into download mode: it knows the chip and has what that takes.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="loaderFile">The vendor's loader; null: the inventory's.</param>
    public static bool CanConnect(IFlashPlace bench, string? loaderFile) =>
        ChipOf(bench.Slot.Entry).Family() switch
        {
            ChipFamily.Bl602 => bench.Slot.BootStrap is not null && File.Exists(loaderFile ?? bench.Inventory.Flash.Bl602Loader),
            ChipFamily.Bk7231 => bench.Slot.Power is not null || bench.Slot.Reset is not null,
            _ => false,
        };

    /// <summary>Writes an image, proves it, and goes on where it was when the link is lost meanwhile (<see cref="WithChipAsync"/>).</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="loaderFile">The vendor's loader; null: the inventory's.</param>
    /// <param name="baud">Speed, baud; null: the fastest that works.</param>
    /// <param name="request">What to do.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <exception cref="FlashFailedException">Any failure of chip, image or loader.</exception>
    public static Task<FlashOutcome> FlashAsync(
        IFlashPlace bench, string? loaderFile, int? baud, FlashRequest request, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        // Entered again, it saves no half-written flash over the backup, and does not force again what it has forced already.
        FlashRequest next = request;
        FlashRequest Watched() => next with
        {
            Backup = next.Backup is null ? null : async (whole, token) =>
            {
                await next.Backup(whole, token).ConfigureAwait(false);
                next = next with { Backup = null };
            },
            BeforeErase = intent =>
            {
                request.BeforeErase?.Invoke(intent);
                next = next with { Force = false };
            },
        };
        return WithChipAsync(
            bench, loaderFile, baud, request.Backup is not null, say, session => FlashJob.RunAsync(session, Watched(), progress, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Runs a use of the chip in download mode, and again after a lost link (<see cref="FlashReentry"/>); the byte trace goes to flash-trace.txt
    /// of the folder.
    /// </summary>
    /// <param name="bench">The slot.</param>
    /// <param name="loaderFile">The vendor's loader; null: the inventory's.</param>
    /// <param name="baud">Speed, baud; null: the fastest that works.</param>
    /// <param name="readsFlash">It reads what the plug keeps in its flash, its Wi-Fi password among it: once the chip is known, what it answers is traced by its number of bytes alone.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="use">What to do with the chip; may be done again.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <exception cref="FlashFailedException">Any failure of chip, image or loader.</exception>
    public static async Task<T> WithChipAsync<T>(
        IFlashPlace bench, string? loaderFile, int? baud, bool readsFlash, Action<string> say, Func<IFlashSession, Task<T>> use, CancellationToken cancellationToken)
    {
        SlotEntry entry = bench.Slot.Entry;
        bench.Interlocks.Demand(entry, SlotAction.Flash);
        IConsolePort console = bench.Slot.Console ?? throw entry.Without(Contracts.Console);

        IFlasher flasher = Flashers.For(bench, loaderFile, baud, say);
        bool again = false;
        return await FlashReentry.RunAsync(OnceAsync, use, say).ConfigureAwait(false);

        async Task<T> OnceAsync(Func<IFlashSession, Task<T>> once)
        {
            ISerialPort port = await OpenAsync(bench, console, again, cancellationToken).ConfigureAwait(false);

            // In a second session, bytes that the first had asked for may still come while the chip is entered.
            bool quiet = again && readsFlash;
            again = true;
            bench.Interlocks.Demand(entry, SlotAction.Flash);
            try
            {
                TracedPort traced = new(port, bench.Clock, Path.Combine(bench.Folder, "flash-trace.txt"), quiet);
                return await SessionAsync(bench, flasher, traced, readsFlash, say, once, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception gone) when (gone is IOException or TimeoutException)
            {
                throw new FlashFailedException("link", $"{port.Path} does not work any more: {gone.Message.TrimEnd('.')}", "Is the adapter still plugged in", gone) { LinkLost = true };
            }
        }
    }

    private static async Task<ISerialPort> OpenAsync(IFlashPlace bench, IConsolePort console, bool again, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await console.OpenAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (BenchFaultException) when (again && TimeProvider.System.GetElapsedTime(began) < PortBackLimit)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<T> SessionAsync<T>(
        IFlashPlace bench, IFlasher flasher, TracedPort port, bool readsFlash, Action<string> say, Func<IFlashSession, Task<T>> use, CancellationToken cancellationToken)
    {
        await using (port.ConfigureAwait(false))
        {
            FlashWiring wiring = new(bench.Slot.Entry.Name, port, bench.Slot.BootStrap, bench.Slot.Reset, bench.Slot.Power, bench.Clock);
            say($"{port.Path}: {Flashers.Entering(ChipOf(bench.Slot.Entry))}.");
            IFlashSession session = await flasher.ConnectAsync(wiring, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                if (readsFlash)
                {
                    port.BeQuiet();
                }

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
    public static async Task<string> BootAsync(IFlashPlace bench, string? version, CancellationToken cancellationToken)
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
                    if (Tells(line, version, ChipOf(bench.Slot.Entry)))
                    {
                        return line;
                    }
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The limit: said below.
            }

            if (version is not null && await BuildAsync(bench, cancellationToken).ConfigureAwait(false) is { } build && build.Contains(version, StringComparison.Ordinal))
            {
                return $"{build} (told over HTTP, the console did not name it)";
            }

            throw new FlashFailedException(
                "boot",
                string.Create(CultureInfo.InvariantCulture, $"the flash is verified, but the firmware did not {(version is null ? "start" : $"name its version {version}")} within {BootLimit.TotalSeconds:0} s (last words: {last})"),
                Flashers.BootCheck(ChipOf(bench.Slot.Entry)));
        }
    }

    /// <summary>Whether a console line is the sign of life that is waited for.</summary>
    private static bool Tells(string line, string? version, ChipModel chip) =>
        version is not null ? line.Contains(version, StringComparison.Ordinal)
        : chip.Family() is ChipFamily.Bl602 or ChipFamily.Bk7231 ? line.Contains(Flashers.FirmwareName(chip), StringComparison.Ordinal)
        : line.Length >= ShortestWords;

    private static async Task<string?> BuildAsync(IFlashPlace bench, CancellationToken cancellationToken)
    {
        try
        {
            return bench.Slot.Plug is { } plug ? (await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false)).Build : null;
        }
        catch (PlugUnreachableException)
        {
            return null;
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
