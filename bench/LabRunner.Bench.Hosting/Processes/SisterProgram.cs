using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>Finds the other programs of LabRunner: beside this one, or in the build's output folders.</summary>
public static class SisterProgram
{
    /// <summary>Path of a program.</summary>
    /// <param name="project">Project name, which is its output folder.</param>
    /// <param name="file">Program file.</param>
    /// <exception cref="BenchFaultException">It was not built.</exception>
    public static string Find(string project, string file)
    {
        string here = AppContext.BaseDirectory;
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(here));
        string output = Path.GetFullPath(Path.Combine(here, "..", "..", project, configuration, file));
        string[] candidates = [output, Path.Combine(here, file)];
        return candidates.FirstOrDefault(File.Exists) ?? throw new BenchFaultException(
            FaultKind.Machine, file, $"the program is not at {string.Join(" or ", candidates)}", "Build everything: dotnet build LabRunner.sln");
    }
}
