using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Api;

namespace LabRunner.Station.Access;

/// <summary>A token as it is kept: its secret only as a hash.</summary>
/// <param name="Id">8 hexadecimal digits, the public part of the token.</param>
/// <param name="Name">Person or script it is for.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Hash">SHA-256 of the secret, hexadecimal. The secret has 256 bits of chance, so that a slow hash would add nothing.</param>
/// <param name="Made">When, wall time.</param>
public sealed record TokenEntry(string Id, string Name, [property: JsonConverter(typeof(JsonStringEnumConverter<Role>))] Role Role, string Hash, DateTimeOffset Made);

/// <summary>
/// The tokens of a station, in a file that only its account may read. A running station sees changes at the next request. Thread safe.
/// </summary>
/// <param name="folder">State folder of the station.</param>
/// <param name="clock">Stamps.</param>
public sealed class TokenBook(string folder, TimeProvider clock)
{
    private const string Start = "lab";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly Lock _gate = new();
    private IReadOnlyList<TokenEntry> _known = [];
    private DateTime _readAt;

    private string File => Path.Combine(folder, "tokens.json");

    /// <summary>All tokens, oldest first.</summary>
    /// <exception cref="BenchFaultException">Kind Storage: the file cannot be read.</exception>
    public IReadOnlyList<TokenEntry> List()
    {
        lock (_gate)
        {
            return Read();
        }
    }

    /// <summary>Makes a token.</summary>
    /// <returns>The token itself, which is nowhere kept.</returns>
    /// <exception cref="UsageException">The name is taken or no name.</exception>
    public string Add(string name, Role role)
    {
        if (name.Length is 0 or > 64 || !EndpointFacts.IsPlain(name))
        {
            throw new UsageException("The name of a token has 1 to 64 characters and no control characters, nor any that turn the reading direction.");
        }

        lock (_gate)
        {
            IReadOnlyList<TokenEntry> all = Read();
            if (all.Any(t => string.Equals(t.Name, name, StringComparison.OrdinalIgnoreCase)))
            {
                throw new UsageException($"'{name}' has a token already. Revoke it first: ./lab token revoke \"{name}\"");
            }

            string id = RandomNumberGenerator.GetHexString(8, lowercase: true);
            string secret = RandomNumberGenerator.GetHexString(64, lowercase: true);
            Write([.. all, new TokenEntry(id, name, role, Hash(secret), clock.GetUtcNow())]);
            return $"{Start}_{id}_{secret}";
        }
    }

    /// <summary>Takes a token back.</summary>
    /// <param name="nameOrId">Its name or public part.</param>
    /// <returns>It; null: there is none.</returns>
    public TokenEntry? Revoke(string nameOrId)
    {
        lock (_gate)
        {
            IReadOnlyList<TokenEntry> all = Read();
            TokenEntry? gone = all.FirstOrDefault(t => t.Id == nameOrId || string.Equals(t.Name, nameOrId, StringComparison.OrdinalIgnoreCase));
            if (gone is not null)
            {
                Write([.. all.Where(t => t != gone)]);
            }

            return gone;
        }
    }

    /// <summary>Whose token it is.</summary>
    /// <returns>Null: nobody's.</returns>
    internal TokenEntry? Find(string token)
    {
        string[] parts = token.Split('_');
        if (parts is not [Start, var id, var secret])
        {
            return null;
        }

        TokenEntry? entry = List().FirstOrDefault(t => t.Id == id);

        // Compared in constant time, also against nothing: the time tells neither the secret nor whether the id exists.
        byte[] known = Encoding.ASCII.GetBytes(entry?.Hash ?? new string('0', 64));
        return CryptographicOperations.FixedTimeEquals(known, Encoding.ASCII.GetBytes(Hash(secret))) ? entry : null;
    }

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private IReadOnlyList<TokenEntry> Read()
    {
        try
        {
            DateTime written = System.IO.File.GetLastWriteTimeUtc(File);
            if (written != _readAt)
            {
                _known = System.IO.File.Exists(File) ? JsonSerializer.Deserialize<List<TokenEntry>>(System.IO.File.ReadAllText(File), Json) ?? [] : [];
                _readAt = written;
            }

            return _known;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new BenchFaultException(FaultKind.Storage, File, $"the tokens cannot be read ({failure.Message.TrimEnd('.')})", "Mend the file, or remove it and add the tokens again", failure);
        }
    }

    private void Write(IReadOnlyList<TokenEntry> all)
    {
        StateFile.Write(File, JsonSerializer.Serialize(all, Json));
        _known = all;
        _readAt = System.IO.File.GetLastWriteTimeUtc(File);
    }
}
