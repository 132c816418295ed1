using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MQTTnet.Server;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>The bench's own MQTT broker on a free loopback port. It belongs to the bench: plugs come and go, it stays.</summary>
internal sealed class EmbeddedBroker : IAsyncDisposable
{
    private readonly MqttServer _server;

    private EmbeddedBroker(MqttServer server, int port)
    {
        _server = server;
        Address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
    }

    /// <summary>host:port.</summary>
    public string Address { get; }

    /// <summary>Starts it.</summary>
    /// <exception cref="IOException">No port could be had.</exception>
    public static async Task<EmbeddedBroker> StartAsync()
    {
        const int Attempts = 5;
        for (int attempt = 1; ; attempt++)
        {
            // The server cannot tell which port it got, so a free one is looked for; another process may be faster.
            int port = FreePort();
            MqttServer server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder()
                .WithDefaultEndpoint()
                .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
                .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
                .WithDefaultEndpointPort(port)
                .Build());
            try
            {
                await server.StartAsync().ConfigureAwait(false);
                return new EmbeddedBroker(server, port);
            }
            catch (SocketException e)
            {
                server.Dispose();
                if (attempt == Attempts)
                {
                    throw new IOException($"The broker found no free port on 127.0.0.1: {e.Message}", e);
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync().ConfigureAwait(false);
        _server.Dispose();
    }

    private static int FreePort()
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
