using System.Text.Json;
using System.Text.Json.Serialization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <summary>An effect that is on.</summary>
/// <param name="Effect">Which.</param>
/// <param name="Mac">Of whom.</param>
/// <param name="Address">IPv4 address of the station, where it is known.</param>
/// <param name="Value">As the effect says.</param>
/// <param name="Port">Port of what answers in place of a server; 0: nothing does.</param>
internal sealed record ActiveEffect(NetworkEffect Effect, string Mac, string? Address, double Value, int Port = 0);

/// <summary>
/// What is on, in a file that is written before anything is changed: whoever comes after a process that died knows what to put back. Not
/// thread safe.
/// </summary>
internal sealed class ActiveEffects(string place, string path)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <summary>What is on.</summary>
    /// <exception cref="BenchFaultException">Kind Storage: the file cannot be read.</exception>
    public IReadOnlyList<ActiveEffect> Read()
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<List<ActiveEffect>>(File.ReadAllText(path), Json) ?? [] : [];
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new BenchFaultException(FaultKind.Storage, place, $"{path} cannot be read: {broken.Message.TrimEnd('.')}", "Put the network back by hand, then remove the file", broken);
        }
    }

    /// <summary>Writes what is on from now on; nothing removes the file.</summary>
    /// <exception cref="BenchFaultException">Kind Storage: it cannot be written.</exception>
    public void Write(IReadOnlyList<ActiveEffect> effects)
    {
        try
        {
            if (effects.Count == 0)
            {
                File.Delete(path);
                return;
            }

            // Moved into place, so that a death in between leaves the old list and never half of a new one.
            File.WriteAllText(path + ".new", JsonSerializer.Serialize(effects, Json));
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, place, $"{path} cannot be written: {broken.Message.TrimEnd('.')}", "Give state: a path that this user may write", broken);
        }
    }
}
