using System.Reflection;

namespace LabRunner.Reports.Formats;

/// <summary>Text files built into the assembly, so that a report needs no file beside the program.</summary>
internal static class EmbeddedText
{
    internal static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly was built without its resource '{name}'.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
