using System.Text.Json;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Runs;

/// <summary>A run that is kept whatever its age: the file <c>pinned</c> in its folder, so that a hand can make and remove it too.</summary>
/// <param name="Who">Who pinned it; null: the file does not say.</param>
/// <param name="At">When; null: the file does not say.</param>
/// <param name="Why">Why, as they said.</param>
public sealed record RunPin(string? Who, DateTimeOffset? At, string? Why)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "pinned";

    /// <summary>The pin of a run folder; null: it has none. Whatever stands in the file, it is pinned.</summary>
    public static RunPin? Of(string folder)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<RunPin>(File.ReadAllText(file), JsonSerializerOptions.Web) ?? new RunPin(null, null, null) : null;
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            return new RunPin(null, null, null);
        }
    }

    /// <summary>Pins a run.</summary>
    /// <exception cref="BenchFaultException">Kind Storage: the file cannot be written.</exception>
    public void Put(string folder) => Try(folder, file => File.WriteAllText(file, JsonSerializer.Serialize(this, JsonSerializerOptions.Web) + "\n"));

    /// <summary>Takes the pin of a run away; one that has none stays as it is.</summary>
    /// <exception cref="BenchFaultException">Kind Storage: the file cannot be removed.</exception>
    public static void Remove(string folder) => Try(folder, File.Delete);

    private static void Try(string folder, Action<string> act)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            act(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, file, $"it cannot be changed ({failure.Message.TrimEnd('.')})", "Free space, or take the rights to the runs folder", failure);
        }
    }
}
