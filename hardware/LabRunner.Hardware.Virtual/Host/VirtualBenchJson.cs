using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Host;

namespace LabRunner.Hardware.Virtual;

/// <summary>How the launcher and the virtual bench write <see cref="VirtualBenchConfig"/> and <see cref="VirtualBenchAddresses"/>. Thread safe.</summary>
public static class VirtualBenchJson
{
    /// <summary>Longest path of a Unix socket on Linux, in bytes (sun_path less its final zero).</summary>
    private const int LongestSocketPath = 107;

    private const string Place = "virtual bench configuration";

    /// <summary>camelCase; a word that is not known is an error.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads one JSON document and checks it. Does not wait for the end of the stream: a launcher may keep it open.</summary>
    /// <exception cref="BenchFaultException">Kind Configuration: the first thing that is wrong.</exception>
    public static async Task<VirtualBenchConfig> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArrayBufferWriter<byte> text = new();
        try
        {
            while (true)
            {
                int length = await stream.ReadAsync(text.GetMemory(65536), cancellationToken).ConfigureAwait(false);
                text.Advance(length);
                if (Complete(text.WrittenSpan, length == 0))
                {
                    VirtualBenchConfig config = JsonSerializer.Deserialize<VirtualBenchConfig>(text.WrittenSpan, Options)
                        ?? throw Broken("it is null");
                    Check(config);
                    return config;
                }
            }
        }
        catch (JsonException e)
        {
            throw Broken(e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Checks what a record's types cannot say.</summary>
    /// <exception cref="BenchFaultException">Kind Configuration: the first thing that is wrong.</exception>
    public static void Check(VirtualBenchConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (!Path.IsPathFullyQualified(config.Directory))
        {
            throw Broken($"directory '{config.Directory}' is no full path");
        }

        int socketLength = System.Text.Encoding.UTF8.GetByteCount(Path.Combine(config.Directory, VirtualBenchHost.HarnessFile));
        if (socketLength > LongestSocketPath)
        {
            throw Broken($"directory '{config.Directory}' makes a socket path of {socketLength} bytes, {LongestSocketPath} are possible");
        }

        try
        {
            LabClock.Parse(config.Clock);
            if (config.Broker is not null)
            {
                PlugMqtt.ParseAddress(config.Broker);
            }
        }
        catch (FormatException e)
        {
            throw Broken(e.Message.TrimEnd('.'), e);
        }

        if (config.OrphanLimit <= TimeSpan.Zero)
        {
            throw Broken($"orphanLimit {config.OrphanLimit} is not above 0");
        }

        foreach (string weather in config.Weather)
        {
            Weather.Parse(weather);
        }

        CheckNames(config.Plugs);
    }

    private static void CheckNames(IReadOnlyList<VirtualPlugConfig> plugs)
    {
        if (plugs.Count is 0 or > 48)
        {
            throw Broken($"{plugs.Count} plugs; the harness has room for 1 to 48");
        }

        HashSet<string> names = [];
        foreach (VirtualPlugConfig plug in plugs)
        {
            if (plug.Name.Length is 0 or > 64 || !plug.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            {
                throw Broken($"plug name '{plug.Name}' has other than 1 to 64 letters, digits, - and _");
            }

            if (!names.Add(plug.Name))
            {
                throw Broken($"two plugs are called '{plug.Name}'");
            }
        }
    }

    private static bool Complete(ReadOnlySpan<byte> text, bool final)
    {
        // What is wrong and not merely unfinished throws at once, so that the end of the stream can only cut a document off.
        Utf8JsonReader reader = new(text, isFinalBlock: false, default);
        if (JsonDocument.TryParseValue(ref reader, out JsonDocument? document))
        {
            document.Dispose();
            return true;
        }

        return final ? throw Broken("it is empty or cut off") : false;
    }

    private static BenchFaultException Broken(string problem, Exception? cause = null) =>
        new(FaultKind.Configuration, Place, problem, "Correct the JSON document given on standard input or by --config", cause);
}
