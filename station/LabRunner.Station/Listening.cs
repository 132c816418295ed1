using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Hardware.Faults;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace LabRunner.Station;

/// <summary>Where a station is listened for.</summary>
internal static class Listening
{
    /// <summary>Connections of one address at a time: whoever holds on to more shuts out nobody but himself.</summary>
    public const int MostOfOneAddress = 100;

    private const int MostConnections = 500;
    private const int LargestBody = 64 * 1024;

    /// <summary>Refuses options that let strangers in, or that cannot work.</summary>
    /// <exception cref="UsageException">They do.</exception>
    public static void Check(StationOptions options)
    {
        if (options.Listen.FirstOrDefault(l => l.Scheme is not ("http" or "https")) is { } odd)
        {
            throw new UsageException($"--listen: {odd} is no address like http://127.0.0.1:8601 or https://0.0.0.0:8602.");
        }

        if (options.Listen.FirstOrDefault(l => l.Scheme == "http" && !l.IsLoopback) is { } open)
        {
            throw new UsageException($"--listen: {open} is reachable from other machines, and without TLS everybody on the way reads the tokens. Use https:// with --certificate and --key.");
        }

        if (options.Listen.Any(l => l.Scheme == "https") && (options.CertificateFile is null || options.KeyFile is null))
        {
            throw new UsageException(
                "--certificate and --key: an https address needs both, as PEM files. For a trial, with the names and addresses it goes by: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=lab -addext subjectAltName=DNS:lab.example,IP:192.0.2.7 -keyout key.pem -out cert.pem");
        }

        if (options.Listen.FirstOrDefault(l => l.PathAndQuery != "/" || l.UserInfo.Length > 0) is { } more)
        {
            throw new UsageException($"--listen: {more} is more than an address. Write {more.Scheme}://{more.Authority.Split('@')[^1]}; who may come is told by tokens.");
        }

        if (options.Listen.FirstOrDefault(l => l is { Host: "localhost", Port: 0 }) is not null)
        {
            throw new UsageException("--listen: localhost is two addresses, for which no port can be chosen. Write http://127.0.0.1:0, or name a port.");
        }

        if (options.Socket is { } socket)
        {
            if (Path.GetDirectoryName(Path.GetFullPath(socket)) is { } folder && !Directory.Exists(folder))
            {
                throw new UsageException($"--socket: the folder {folder} is not there. Make it, or choose another path.");
            }

            try
            {
                _ = new UnixDomainSocketEndPoint(socket);
            }
            catch (ArgumentOutOfRangeException)
            {
                throw new UsageException($"--socket: {socket} is longer than the 107 bytes that Linux allows. Choose a shorter path.");
            }
        }
    }

    /// <summary>Tells the web server.</summary>
    /// <param name="kestrel">It.</param>
    /// <param name="options">Where to listen.</param>
    /// <param name="certificate">Of https addresses; null: there are none.</param>
    /// <exception cref="UsageException">The socket's path is a file of somebody's.</exception>
    /// <exception cref="BenchFaultException">Another station listens on the socket.</exception>
    public static void Set(KestrelServerOptions kestrel, StationOptions options, StationCertificate? certificate)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LargestBody;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        kestrel.AllowSynchronousIO = false;
        ConcurrentDictionary<IPAddress, int> open = [];
        foreach (Uri address in options.Listen)
        {
            void Use(ListenOptions listen)
            {
                // Before TLS, which costs the most.
                listen.Use(next => connection => ServeAsync(open, connection, options.ViewerSilence, next));
                if (address.Scheme == "https")
                {
                    listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate!.Current }) });
                }
            }

            if (address.Host is "localhost")
            {
                kestrel.ListenLocalhost(address.Port, Use);
            }
            else
            {
                kestrel.Listen(IPAddress.Parse(address.Host.Trim('[', ']')), address.Port, Use);
            }
        }

        if (options.Socket is { } socket)
        {
            Free(socket);
            kestrel.ListenUnixSocket(socket);
        }
    }

    private static async Task ServeAsync(ConcurrentDictionary<IPAddress, int> open, ConnectionContext connection, TimeSpan silence, ConnectionDelegate next)
    {
        IPAddress address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        try
        {
            if (open.AddOrUpdate(address, 1, (_, count) => count + 1) > MostOfOneAddress)
            {
                connection.Abort();
                return;
            }

            if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
            {
                // Who vanished without a word (a phone out of reach) keeps no seat of a stream.
                SilentNetwork.Limit(socket, silence);
            }

            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            // The last one takes the entry along, so that many addresses leave nothing behind.
            if (open.AddOrUpdate(address, 0, (_, count) => count - 1) == 0)
            {
                open.TryRemove(new KeyValuePair<IPAddress, int>(address, 0));
            }
        }
    }

    /// <summary>Takes away the socket of a station that was killed: nothing else, and none that somebody listens on.</summary>
    private static void Free(string path)
    {
        if (!Path.Exists(path))
        {
            return;
        }

        try
        {
            // Linux opens no socket as a file; for reading and writing, it waits for nobody behind a pipe either.
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite).Dispose();
            throw new UsageException($"--socket: {path} is a file and no socket. Choose a path where nothing is.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new UsageException($"--socket: {path} is a folder, or this account may not write there. Choose a path where nothing is.");
        }
        catch (IOException)
        {
            // A socket.
        }

        using Socket knock = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            knock.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }

        throw new BenchFaultException(FaultKind.Lease, path, "another station listens there", "Ask that one, end it, or choose another path with --socket");
    }
}
