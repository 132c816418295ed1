using System.Reflection;

namespace LabRunner.Bench.Hosting;

/// <summary>Version of LabRunner.</summary>
public static class RunnerVersion
{
    /// <summary>Informational version, with the commit where the build knew it.</summary>
    public static string Text { get; } =
        typeof(RunnerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
