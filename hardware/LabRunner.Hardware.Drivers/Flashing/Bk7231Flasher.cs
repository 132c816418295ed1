using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>
/// Flashes a BK7231N, T or U over its UART1 (P10 RX, P11 TX). There is no boot strap: download mode listens for a few hundred milliseconds
/// after reset or power-on, so that link checks run while the bench switches the supply (or the line on CEN) itself.
/// </summary>
/// <param name="board">Chip that the board is said to have; another one is refused before anything is erased.</param>
/// <param name="speeds">Speeds to try, baud, best first.</param>
/// <exception cref="ArgumentException"><paramref name="board"/> is of another family.</exception>
public sealed class Bk7231Flasher(ChipModel board, IReadOnlyList<int>? speeds = null) : IFlasher
{
    private const uint ChipNumber = 0x800000;
    private const int Tries = 5;

    // As often as Beken's own host types it.
    private const int ChecksBetweenReboots = 500;

    private static readonly int[] Speeds = [921_600, 460_800, 230_400, Bk7231Wire.FirstBaud];
    private static readonly TimeSpan OffTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ResetTime = TimeSpan.FromMilliseconds(250);

    // A mains supply needs some hundred milliseconds before the chip starts, and then comes the chip's own window of 100 to 300 ms.
    private static readonly TimeSpan AfterOn = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ByHand = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AfterLink = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Answer = TimeSpan.FromMilliseconds(300);

    // The chip switches after this time, the host after half of it.
    private const byte SwitchMilliseconds = 40;

    private readonly ChipModel _board = board.Family() == ChipFamily.Bk7231
        ? board
        : throw new ArgumentException($"A {board.Text()} is no BK7231.", nameof(board));

    /// <inheritdoc/>
    public ChipFamily Family => ChipFamily.Bk7231;

    /// <inheritdoc/>
    public async Task<IFlashSession> ConnectAsync(FlashWiring wiring, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wiring);
        Bk7231Wire wire = new(new FlashLine(wiring.Port, wiring.Clock));
        try
        {
            await LinkAsync(wire, wiring, cancellationToken).ConfigureAwait(false);
            await Task.Delay(AfterLink, wiring.Clock, cancellationToken).ConfigureAwait(false);
            await wire.SettleAsync(cancellationToken).ConfigureAwait(false);
            await SetSpeedAsync(wire, cancellationToken).ConfigureAwait(false);
            (ChipModel model, string id) = await IdentifyAsync(wire, cancellationToken).ConfigureAwait(false);
            if (model != _board)
            {
                throw new FlashFailedException(
                    "chip", $"a {model.Text()} answers ({id}) and the slot's board file says {_board.Text()}", "Nothing was touched; is it the right plug, and the right board file");
            }

            return await Bk7231Session.OpenAsync(wiring, wire, model, id, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            if (wiring.Reset is { } reset)
            {
                await reset.SetAsync(false, CancellationToken.None).ConfigureAwait(false);
            }

            throw;
        }
    }

    private static async Task LinkAsync(Bk7231Wire wire, FlashWiring wiring, CancellationToken cancellationToken)
    {
        await wire.Line.SetBaudAsync(Bk7231Wire.FirstBaud, cancellationToken).ConfigureAwait(false);
        if (wiring.Power is null && wiring.Reset is null)
        {
            await LinkByHandAsync(wire, wiring, cancellationToken).ConfigureAwait(false);
            return;
        }

        for (int attempt = 0; attempt < Tries; attempt++)
        {
            await HoldAsync(wiring, cancellationToken).ConfigureAwait(false);
            wire.Line.Drain();
            Task? released = null;
            TimeSpan? up = null;
            bool linked;
            try
            {
                // The checks run already when the supply comes: its switch may take longer than the chip's whole window.
                linked = await wire.CatchAsync(
                    () => up is null || wiring.Clock.Elapsed - up < AfterOn,
                    check =>
                    {
                        if (check == 2)
                        {
                            released = Task.Run(() => ReleaseAsync(wiring, cancellationToken), CancellationToken.None);
                        }
                        else if (released is { IsCompleted: true })
                        {
                            up ??= wiring.Clock.Elapsed;
                        }

                        return Task.CompletedTask;
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await (released ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (released is null)
            {
                throw new FlashFailedException(
                    "sync",
                    $"the chip answers while its {(wiring.Power is null ? "reset is held" : "supply is off")}",
                    "It is fed through its UART, or what is switched belongs to another slot: check the wiring");
            }

            await released.ConfigureAwait(false);
            if (linked)
            {
                return;
            }
        }

        throw new FlashFailedException(
            "sync",
            string.Create(CultureInfo.InvariantCulture, $"no answer to link checks at {Bk7231Wire.FirstBaud:N0} baud through {Tries} starts"),
            "TX and RX swapped or not on UART1 (P10, P11), no power, something else that holds P10 or P11, or another chip; a BK7231T without its boot loader answers no more");
    }

    /// <summary>Off, or in reset, long enough to be one.</summary>
    private static async Task HoldAsync(FlashWiring wiring, CancellationToken cancellationToken)
    {
        if (wiring.Power is { } power)
        {
            await power.SwitchAsync(PowerState.Off, cancellationToken).ConfigureAwait(false);
            await Task.Delay(OffTime, wiring.Clock, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await wiring.Reset!.SetAsync(true, cancellationToken).ConfigureAwait(false);
            await Task.Delay(ResetTime, wiring.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private static Task ReleaseAsync(FlashWiring wiring, CancellationToken cancellationToken) => wiring.Power is { } power
        ? power.SwitchAsync(PowerState.On, cancellationToken)
        : wiring.Reset!.SetAsync(false, cancellationToken);

    /// <summary>Without supply and reset of the bench: firmware with a command line on this UART (OpenBeken: flag 31) takes "reboot".</summary>
    private static async Task LinkByHandAsync(Bk7231Wire wire, FlashWiring wiring, CancellationToken cancellationToken)
    {
        TimeSpan end = wiring.Clock.Elapsed + ByHand;
        bool linked = await wire.CatchAsync(
            () => wiring.Clock.Elapsed < end,
            async check =>
            {
                if (check % ChecksBetweenReboots == 0)
                {
                    await wire.Line.WriteAsync("reboot\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (!linked)
        {
            throw new FlashFailedException(
                "sync",
                string.Create(CultureInfo.InvariantCulture, $"no answer to link checks within {ByHand.TotalSeconds:0} s, and slot {wiring.Slot} has neither power switch nor reset line"),
                "Switch the plug off and on, or pull CEN low for 0.25 s, while this runs; better give the slot power: or reset:");
        }
    }

    private async Task SetSpeedAsync(Bk7231Wire wire, CancellationToken cancellationToken)
    {
        foreach (int speed in speeds ?? Speeds)
        {
            if (speed == Bk7231Wire.FirstBaud && wire.Line.Baud == speed)
            {
                return;
            }

            byte[] data = new byte[5];
            BinaryPrimitives.WriteInt32LittleEndian(data, speed);
            data[4] = SwitchMilliseconds;
            int before = wire.Line.Baud;
            await wire.SendAsync(0x0F, data, cancellationToken).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromMilliseconds(SwitchMilliseconds / 2.0), wire.Line.Clock, cancellationToken).ConfigureAwait(false);
            await wire.Line.SetBaudAsync(speed, cancellationToken).ConfigureAwait(false);

            // The echo comes at the new speed; where this machine switched too late for it, a link check tells the same.
            byte[]? echo = await wire.AnswerAsync(0x0F, Answer, cancellationToken).ConfigureAwait(false);
            if ((echo is not null && echo.AsSpan().SequenceEqual(data)) || await wire.ResyncAsync(cancellationToken).ConfigureAwait(false))
            {
                await wire.SettleAsync(cancellationToken).ConfigureAwait(false);
                return;
            }

            await wire.Line.SetBaudAsync(before, cancellationToken).ConfigureAwait(false);
            if (!await wire.ResyncAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new FlashFailedException(
                    "sync", string.Create(CultureInfo.InvariantCulture, $"the chip answers neither at {speed:N0} baud nor at {before:N0} any more"), "The line loses bytes: check wires, ground and supply");
            }
        }
    }

    /// <summary>Only the N's mask ROM reads registers; only Tuya's boot loaders (T) tell a version.</summary>
    private async Task<(ChipModel Model, string Id)> IdentifyAsync(Bk7231Wire wire, CancellationToken cancellationToken)
    {
        byte[] address = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(address, ChipNumber);
        for (int attempt = 0; attempt < 2; attempt++)
        {
            byte[]? register = await wire.AskShortAsync(0x03, address, Answer, cancellationToken).ConfigureAwait(false);
            if (register is { Length: 8 } && register.AsSpan(0, 4).SequenceEqual(address))
            {
                uint number = BinaryPrimitives.ReadUInt32LittleEndian(register.AsSpan(4));
                string id = string.Create(CultureInfo.InvariantCulture, $"chip number {number:X}");
                return number switch
                {
                    0x7231C => (ChipModel.Bk7231N, id),
                    0x7231A => (ChipModel.Bk7231T, id),
                    _ => throw new FlashFailedException("chip", $"a chip with the number {number:X} answers, which is no BK7231N, T or U", "Nothing was touched; is it the right board file"),
                };
            }

            byte[]? version = await wire.AskShortAsync(0x11, default, Answer, cancellationToken).ConfigureAwait(false);
            string text = version is null ? "" : string.Concat(Encoding.Latin1.GetString(version).Where(c => c is > ' ' and <= '~'));
            if (text.Length > 0)
            {
                return (ChipModel.Bk7231T, $"boot loader {text}");
            }

            if (!await wire.ResyncAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new FlashFailedException("chip", "the chip does not answer any more", "The line loses bytes: check wires, ground and supply");
            }
        }

        // Beken's own boot loader, on the U, tells neither.
        return _board == ChipModel.Bk7231U
            ? (ChipModel.Bk7231U, "boot loader without version")
            : throw new FlashFailedException("chip", "the chip tells neither its number nor the version of a boot loader", $"Nothing was touched; is it really a {_board.Text()}");
    }
}
