using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>What a tool may use of a slot. The port is closed while it runs.</summary>
/// <param name="Slot">Name, for messages.</param>
/// <param name="Chip">Chip of its board, as the board file calls it.</param>
/// <param name="Port">Node of the UART.</param>
/// <param name="Boot">BOOT strap; null where the slot has none.</param>
/// <param name="Reset">Reset line; null where the slot has none.</param>
/// <param name="Power">Supply; null where the slot has none.</param>
/// <param name="Clock">The run's clock.</param>
public sealed record ToolWiring(string Slot, string Chip, string Port, IStrap? Boot, IStrap? Reset, IPowerSwitch? Power, LabClock Clock);

/// <summary>A stretch of flash and the file that holds it or takes it.</summary>
/// <param name="File">Path.</param>
/// <param name="Address">Flash address, bytes.</param>
/// <param name="Length">Bytes.</param>
public sealed record ToolStretch(string File, uint Address, int Length);

/// <summary>
/// Runs a flashing program of somebody else (<see cref="FlasherDefinition"/>), the bench moving strap and supply itself. What the program
/// says is necessary for success and never enough: the caller checks the chip afterwards. Not thread safe.
/// </summary>
/// <param name="definition">The tool.</param>
/// <param name="program">Path of its program.</param>
/// <param name="wiring">The slot.</param>
/// <param name="log">Takes its output.</param>
/// <param name="started">Told the process group of each run, and 0 when it is over; for who must kill it when this process is killed.</param>
public sealed class ToolFlasher(FlasherDefinition definition, string program, ToolWiring wiring, Stream log, Action<int> started)
{
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(30);

    /// <summary>The device node of a console's path, which may be one of the forms that name a USB port.</summary>
    /// <param name="place">Slot, for messages.</param>
    /// <param name="path">Path of the inventory.</param>
    /// <exception cref="BenchFaultException">There is no such adapter, or several.</exception>
    public static string Node(string place, string path) => new UsbTty().Resolve(place, path);

    /// <summary>The tool's program on this machine; null where none of its names is there.</summary>
    /// <param name="definition">The tool.</param>
    /// <param name="path">Folders to look in, as PATH lists them.</param>
    public static string? Find(FlasherDefinition definition, string? path)
    {
        ArgumentNullException.ThrowIfNull(definition);
        string[] folders = (path ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return definition.Programs
            .SelectMany(name => Path.IsPathRooted(name) ? [name] : folders.Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(IsProgram);
    }

    /// <summary>Version that the tool tells; null when it tells none, or is not asked.</summary>
    /// <exception cref="BenchFaultException">It does not answer at all.</exception>
    public async Task<string?> VersionAsync(CancellationToken cancellationToken)
    {
        if (definition.Version is not { } version)
        {
            return null;
        }

        string? found = null;
        Regex pattern = new(version.Matches, ToolPattern.Options);
        ToolProcess process = new(program, version.Arguments, log, line => found ??= pattern.Match(line) is { Success: true } match ? match.Groups["version"].Value : null);
        (_, string? killed) = await RunAsync(process, VersionLimit, VersionLimit, cancellationToken).ConfigureAwait(false);
        return killed is null
            ? found
            : throw new BenchFaultException(FaultKind.Command, program, $"asked for its version, {killed}", $"Run it by hand: {program} {string.Join(' ', version.Arguments)}");
    }

    /// <summary>Brings the chip into download mode and has the tool write a stretch.</summary>
    /// <param name="stretch">What to write where.</param>
    /// <param name="baud">Speed, baud.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Kills the tool; the flash may hold a part.</param>
    /// <exception cref="FlashFailedException">Stage "tool": it failed, said so or did not say that it succeeded, or was killed at a limit.</exception>
    /// <exception cref="BenchFaultException">Power or strap failed, or the program cannot be started.</exception>
    public Task WriteAsync(ToolStretch stretch, int baud, IProgress<FlashProgress>? progress, CancellationToken cancellationToken) =>
        DoAsync(definition.Write, "write", stretch, baud, progress, cancellationToken);

    /// <summary>Brings the chip into download mode and has the tool read a stretch into its file.</summary>
    /// <inheritdoc cref="WriteAsync"/>
    public Task ReadAsync(ToolStretch stretch, int baud, IProgress<FlashProgress>? progress, CancellationToken cancellationToken) =>
        DoAsync(
            definition.Read ?? throw new InvalidOperationException($"{definition.Flasher} cannot read back."), "read", stretch, baud, progress, cancellationToken);

    /// <summary>Refuses a slot that lacks what download mode takes.</summary>
    /// <exception cref="FlashFailedException">Stage "sync".</exception>
    public void CheckWiring()
    {
        ToolDownload download = definition.Download;
        string? missing = download.Strap && wiring.Boot is null ? "boot strap" : wiring.Power is null && wiring.Reset is null ? "power switch or reset line" : null;
        if (missing is not null)
        {
            throw new FlashFailedException(
                "sync", $"slot {wiring.Slot} has no {missing}", $"A {wiring.Chip} needs one for its download mode ({download.Pin}); nothing was touched");
        }
    }

    private static bool IsProgram(string file) => File.Exists(file) && Libc.Access(file, Libc.Executable) == 0;

    private async Task DoAsync(ToolCommand command, string step, ToolStretch stretch, int baud, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        CheckWiring();
        ToolVerdict verdict = new(command, percent => progress?.Report(new FlashProgress(step, percent * stretch.Length / 100, stretch.Length)), definition.Download.Linked);
        string[] arguments = [.. command.Arguments.Select(a => Fill(a, stretch, baud))];
        log.Write(System.Text.Encoding.UTF8.GetBytes($"\n$ {program} {string.Join(' ', arguments)}\n"));
        ToolProcess process = new(program, arguments, log, verdict.Take);
        (int? exitCode, string? killed) end;
        try
        {
            if (definition.Download.Strap)
            {
                await wiring.Boot!.SetAsync(true, cancellationToken).ConfigureAwait(false);
            }

            end = definition.Download.Power == DownloadEntry.Before
                ? await RunAfterStartAsync(process, command, cancellationToken).ConfigureAwait(false)
                : await RunDuringStartsAsync(process, command, verdict, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await log.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            if (definition.Download.Strap)
            {
                await wiring.Boot!.SetAsync(false, CancellationToken.None).ConfigureAwait(false);
            }
        }

        if (verdict.Failure(end.exitCode, end.killed) is { } problem)
        {
            throw new FlashFailedException(
                "tool",
                $"{definition.Flasher} did not {step} ({problem}){verdict.LastWords}",
                $"All it said is in flash-tool.txt of the run folder. Check what download mode takes ({definition.Download.Pin}), TX and RX, ground and supply, or take a lower speed with --baud; the plug can be flashed again");
        }
    }

    private async Task<(int?, string?)> RunAfterStartAsync(ToolProcess process, ToolCommand command, CancellationToken cancellationToken)
    {
        await StartChipAsync(cancellationToken).ConfigureAwait(false);
        await Task.Delay(definition.Download.Settle, wiring.Clock, cancellationToken).ConfigureAwait(false);
        return await RunAsync(process, command.Idle, command.Limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The chip is started again and again while the tool tries, until the tool has it or is over.</summary>
    private async Task<(int?, string?)> RunDuringStartsAsync(ToolProcess process, ToolCommand command, ToolVerdict verdict, CancellationToken cancellationToken)
    {
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<(int?, string?)> running = RunAsync(process, command.Idle, command.Limit, over.Token);
        try
        {
            while (true)
            {
                Task wait = Task.Delay(definition.Download.Every, wiring.Clock, over.Token);
                if (await Task.WhenAny(running, verdict.Linked, wait).ConfigureAwait(false) != wait)
                {
                    break;
                }

                await wait.ConfigureAwait(false);
                await StartChipAsync(over.Token).ConfigureAwait(false);
            }
        }
        catch
        {
            await over.CancelAsync().ConfigureAwait(false);
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await running.ConfigureAwait(false);
    }

    private async Task StartChipAsync(CancellationToken cancellationToken)
    {
        if (wiring.Power is { } power)
        {
            await power.CycleAsync(definition.Download.Off, wiring.Clock, cancellationToken).ConfigureAwait(false);
            return;
        }

        await wiring.Reset!.SetAsync(true, cancellationToken).ConfigureAwait(false);
        await Task.Delay(definition.Download.Off, wiring.Clock, cancellationToken).ConfigureAwait(false);
        await wiring.Reset.SetAsync(false, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(int? ExitCode, string? Killed)> RunAsync(ToolProcess process, TimeSpan idle, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await process.RunAsync(started, idle, limit, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            started(0);
        }
    }

    private string Fill(string argument, ToolStretch stretch, int baud) => argument
        .Replace("{port}", wiring.Port, StringComparison.Ordinal)
        .Replace("{baud}", baud.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{chip}", wiring.Chip.ToLowerInvariant(), StringComparison.Ordinal)
        .Replace("{address}", $"0x{stretch.Address:X}", StringComparison.Ordinal)
        .Replace("{length}", stretch.Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{image}", stretch.File, StringComparison.Ordinal)
        .Replace("{file}", stretch.File, StringComparison.Ordinal);
}
