using System.Net;
using System.Net.Http.Headers;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Authentication;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Lending;

/// <summary>Where programs find the station of a bench, how they knock there, and what they say where it does not let them in.</summary>
public static class StationDoor
{
    /// <summary>Names a station: an https address, the path of a socket, or <see cref="Off"/>.</summary>
    public const string Variable = "LABRUNNER_STATION";

    /// <summary>Token for a station at an https address.</summary>
    public const string TokenVariable = "LABRUNNER_TOKEN";

    /// <summary>Value of <see cref="Variable"/>: no station is asked.</summary>
    public const string Off = "off";

    /// <summary>Header with the name that somebody on the station's machine gives himself, percent-encoded.</summary>
    public const string OwnerHeader = "X-LabRunner-Owner";

    /// <summary>How long the machine of a station elsewhere may acknowledge nothing until what was asked for has failed.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

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

    /// <summary>A client of the API of a station.</summary>
    /// <param name="place">Its address, or the path of its socket.</param>
    /// <exception cref="UsageException">The token would go over the network without TLS.</exception>
    public static HttpClient Client(string place)
    {
        if (Address(place) is not { } address)
        {
            return new HttpClient(Over(place)) { BaseAddress = new Uri("http://localhost/api/v1/") };
        }

        AuthenticationHeaderValue? token = Token(address);
        HttpClient http = new(SilentNetwork.Over(Silence)) { BaseAddress = new Uri(address, "/api/v1/") };
        http.DefaultRequestHeaders.Authorization = token;
        return http;
    }

    /// <summary>What shows a station at an address who asks; null: no token is set.</summary>
    /// <exception cref="UsageException">The token would go over the network without TLS.</exception>
    public static AuthenticationHeaderValue? Token(Uri address) => Environment.GetEnvironmentVariable(TokenVariable) is not { Length: > 0 } token ? null
        : address is { Scheme: "http", IsLoopback: false }
            ? throw new UsageException($"{Variable}: {address} has no TLS, and everybody on the way would read the token. Use its https address.")
            : new AuthenticationHeaderValue("Bearer", token);

    /// <summary>A station does not answer, or is not the one it says it is.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="cause">Why; null: its socket is not there.</param>
    public static BenchFaultException Silent(string place, Exception? cause) => cause?.InnerException is AuthenticationException untrusted
        ? new BenchFaultException(
            FaultKind.Network, $"station {place}", $"its certificate is not trusted here ({untrusted.Message.TrimEnd('.')})",
            untrusted.Message.Contains("NotTimeValid", StringComparison.Ordinal) ? "It has run out, or is not valid yet by the clock of this machine: look at that, and renew the certificate where the station is"
                : "Ask it by a name that its certificate has; where its maker is unknown here, SSL_CERT_FILE names a PEM file with the certificate to trust",
            cause)
        : new BenchFaultException(
            FaultKind.Network, $"station {place}", $"it does not answer{(cause is null ? "" : $" ({cause.Message.TrimEnd('.')})")}", $"Start it (./lab serve), or unset {Variable}", cause);

    /// <summary>A station does not let in who asks: by another name, without its token, or without the role; null: its answer says something else.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="status">Status of its answer.</param>
    /// <param name="title">Title of its problem; what these say is only clear behind it.</param>
    /// <param name="detail">Its sentence.</param>
    public static BenchFaultException? Refused(string place, HttpStatusCode status, string? title, string detail)
    {
        string problem = (title is { Length: > 0 } ? $"{title}. {detail}" : detail).TrimEnd('.');
        return status switch
        {
            HttpStatusCode.MisdirectedRequest => new(FaultKind.Network, $"station {place}", problem, $"Ask it by one of its names: {Variable}"),
            HttpStatusCode.Unauthorized => new(FaultKind.Machine, $"station {place}", problem, $"Put the token into {TokenVariable}"),
            HttpStatusCode.Forbidden => new(FaultKind.Machine, $"station {place}", problem, "Nothing was done"),
            _ => null,
        };
    }

    /// <summary>An address is one of this machine.</summary>
    public static bool IsThisMachine(Uri address)
    {
        if (address.IsLoopback)
        {
            return true;
        }

        try
        {
            IPAddress[] its = Dns.GetHostAddresses(address.DnsSafeHost);
            return NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Any(own => its.Contains(own.Address));
        }
        catch (SocketException)
        {
            // A name that only somebody else resolves, such as a proxy.
            return false;
        }
    }

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
