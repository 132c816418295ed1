using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LabRunner.Hardware.Catalogue;

namespace LabRunner.Hardware.Drivers.Consoles;

/// <summary>Options of a local console port.</summary>
public sealed record ConsoleOptions
{
    internal const int LeastBaud = 50;
    internal const int MostBaud = 4_000_000;

    // Two ends of an asynchronous line that differ by more than this read each other's last bits wrong.
    internal const double SpeedTolerance = 0.025;

    /// <summary>Device path, or USB adapter by place or identity; a link of /dev/serial/by-id survives re-plugging.</summary>
    [Description(
        "Path of the tty: a link of /dev/serial/by-id or by-path stays the same when adapters are plugged in another order. Without udev: "
        + "usb:1-1.2 (where it is plugged in), usb:0403:6001 (vendor and product) or usb:0403:6001:SERIAL.")]
    public required string Path { get; init; }

    /// <summary>Speed in baud; null: the board's own, or 115200 where the board names none.</summary>
    [Description("Speed in baud. Default: the board's console speed, else 115200.")]
    [Range(LeastBaud, MostBaud)]
    public int? Baud { get; init; }

    /// <summary>The speed to open with.</summary>
    internal static int BaudOr(int? baud, IDriverContext context) =>
        baud ?? (context.Facts.TryGetValue("baud", out string? text) && int.TryParse(text, CultureInfo.InvariantCulture, out int board) ? board : 115_200);

    /// <exception cref="ArgumentOutOfRangeException">The speed is outside the range of the contract.</exception>
    internal static void CheckBaud(int baud)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(baud, LeastBaud);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(baud, MostBaud);
    }
}
