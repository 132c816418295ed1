using System.Net.Sockets;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Lending;

/// <summary>Where programs of this machine find the station of a bench.</summary>
public static class StationDoor
{
    /// <summary>Names a station: an https address, the path of a socket, or <see cref="Off"/>.</summary>
    public const string Variable = "LABRUNNER_STATION";

    /// <summary>Value of <see cref="Variable"/>: no station is asked.</summary>
    public const string Off = "off";

    /// <summary>The station that is named; null: none is.</summary>
    public static string? Named => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set ? set : null;

    /// <summary>The address that a station is named by; null: it is the path of a socket.</summary>
    public static Uri? Address(string place) => Uri.TryCreate(place, UriKind.Absolute, out Uri? address) && address.Scheme is "https" or "http" ? address : null;

    /// <summary>Where a station of a bench puts its socket by default: into the folder in which programs of this machine meet.</summary>
    /// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
    public static string UsualSocket(string bench) => Path.Combine(LeaseFolder.Open().Path, $"station-{Stem(bench)}.sock");

    /// <summary>What a bench is called by its file, as the station calls it or nearly so; reading the file would cost each command its time.</summary>
    public static string Stem(string bench) => Path.GetFileNameWithoutExtension(bench);

    /// <summary>A station that is named has another bench: whoever goes on without a word would act on plugs that nobody meant.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="has">Its bench.</param>
    /// <param name="asked">Inventory that was asked for.</param>
    public static BenchFaultException OfAnotherBench(string place, string? has, string asked) => new(
        FaultKind.Configuration, $"station {place}", $"it has the bench '{has}', and '{Stem(asked)}' is asked for", $"Say --bench {has}, or set {Variable}={Off}");

    /// <summary>HTTP over a Unix socket.</summary>
    public static SocketsHttpHandler Over(string socket) => new()
    {
        UseProxy = false,
        ConnectCallback = async (_, token) =>
        {
            Socket connection = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), token).ConfigureAwait(false);
                return new NetworkStream(connection, ownsSocket: true);
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        },
    };
}
