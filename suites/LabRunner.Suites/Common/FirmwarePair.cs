using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Hardware.Faults;
using NUnit.Framework;

namespace LabRunner.Suites.Common;

/// <summary>The two firmwares between which a bench updates.</summary>
/// <param name="A">firmware: a of the inventory.</param>
/// <param name="B">firmware: b.</param>
internal sealed record FirmwarePair(FirmwareDescription A, FirmwareDescription B)
{
    /// <summary>The bench's; a bench without both leaves the test NOT RUN.</summary>
    public static FirmwarePair Of(SuiteContext lab)
    {
        if (!lab.Description.Firmware.TryGetValue("a", out FirmwareDescription? a) || !lab.Description.Firmware.TryGetValue("b", out FirmwareDescription? b))
        {
            throw new IgnoreException("the bench has no firmware a and b to update between");
        }

        return new FirmwarePair(a, b);
    }

    /// <summary>The other of the two.</summary>
    public FirmwareDescription Other(FirmwareDescription running) => ReferenceEquals(running, A) ? B : A;

    /// <summary>True: the build string is of this firmware.</summary>
    public static bool Runs(string build, FirmwareDescription firmware) => firmware.IsOf(build);

    /// <summary>The bench's firmware that the DUT runs now, so that sending it once more changes nothing; null: it is neither a nor b, or the bench has none.</summary>
    public static async Task<FirmwareDescription?> RunningAsync(SuiteContext lab)
    {
        string build = (await lab.Plug.GetInfoAsync(lab.Token)).Build;
        return new[] { "a", "b" }.Select(name => lab.Description.Firmware.GetValueOrDefault(name)).FirstOrDefault(f => f is not null && Runs(build, f));
    }

    /// <summary>The same; a DUT that runs neither leaves the test NOT RUN.</summary>
    public static async Task<FirmwareDescription> RequireRunningAsync(SuiteContext lab) => await RunningAsync(lab)
        ?? throw new IgnoreException("the plug runs neither firmware a nor b of the bench: an update would replace what is under test");

    /// <summary>Reads an image.</summary>
    /// <exception cref="BenchFaultException">Kind Storage.</exception>
    public static async Task<byte[]> ReadAsync(FirmwareDescription firmware)
    {
        try
        {
            return await File.ReadAllBytesAsync(firmware.Path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, firmware.Path, "the firmware image cannot be read", "Correct firmware: in the inventory", failure);
        }
    }
}
