using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Firmware that a virtual plug boots, to try flashing and updates with.</summary>
public static class VirtualImages
{
    /// <summary>A whole-flash image of 2 MiB.</summary>
    /// <param name="version">1 to 32 printable ASCII characters.</param>
    /// <exception cref="ArgumentException">The version cannot be.</exception>
    public static byte[] WholeFlash(string version) => VirtualFirmwareImage.BuildWholeFlash(version);

    /// <summary>A file that flashing writes to a chip: for a BL602 the whole flash, for a BK7231N its QIO file, for a BK7231T its UA file.</summary>
    /// <param name="version">As for <see cref="WholeFlash"/>.</param>
    /// <param name="chip">BL602, BK7231N or BK7231T.</param>
    /// <exception cref="ArgumentException">The version cannot be, or there is no such virtual chip.</exception>
    public static byte[] For(string version, ChipModel chip) => chip switch
    {
        ChipModel.Bl602 => WholeFlash(version),
        ChipModel.Bk7231N => VirtualBk7231Image.Flash(version, chip.Text()),
        ChipModel.Bk7231T => VirtualBk7231Image.Application(version, chip.Text()),
        _ => throw new ArgumentException($"There is no virtual {chip.Text()}; virtual plugs have a BL602, BK7231N or BK7231T.", nameof(chip)),
    };

    /// <summary>An OTA file.</summary>
    /// <param name="version">As for <see cref="WholeFlash"/>.</param>
    /// <exception cref="ArgumentException">The version cannot be.</exception>
    public static byte[] Ota(string version) => VirtualFirmwareImage.Build(version);
}
