using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Firmware that a virtual plug boots, to try flashing and updates with.</summary>
public static class VirtualImages
{
    /// <summary>A whole-flash image of 2 MiB.</summary>
    /// <param name="version">1 to 32 printable ASCII characters.</param>
    /// <exception cref="ArgumentException">The version cannot be.</exception>
    public static byte[] WholeFlash(string version) => VirtualFirmwareImage.BuildWholeFlash(version);

    /// <summary>An OTA file.</summary>
    /// <param name="version">As for <see cref="WholeFlash"/>.</param>
    /// <exception cref="ArgumentException">The version cannot be.</exception>
    public static byte[] Ota(string version) => VirtualFirmwareImage.Build(version);
}
