using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Suites.Common;

/// <summary>What a loss of power must not cost: every setting that the device tells.</summary>
/// <param name="Settings">MAC, names, MQTT, flags, startup command, pins.</param>
internal sealed record PlugState(PlugSettings Settings)
{
    /// <summary>Reads it.</summary>
    public static async Task<PlugState> ReadAsync(SuiteContext lab) => new(await PlugSettings.ReadAsync(lab.Plug, lab.Token));

    /// <summary>What is not the same in <paramref name="after"/>, a sentence each.</summary>
    public IReadOnlyList<string> Differences(PlugState after) => Settings.Differences(after.Settings);
}
