using System.Net;
using System.Net.Sockets;
using MQTTnet.Server;

namespace LabRunner.Station.Tests.Support;

/// <summary>An MQTT broker of a test's own on a free port of loopback; sessions outlive their connections.</summary>
internal sealed class LocalBroker : IDisposable
{
    private LocalBroker(MqttServer server, int port)
    {
        Server = server;
        Port = port;
    }

    public MqttServer Server { get; }

    public int Port { get; }

    public static async Task<LocalBroker> StartAsync()
    {
        int port;
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        MqttServer server = new MqttServerFactory().CreateMqttServer(
            new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointPort(port).WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).WithPersistentSessions().Build());
        await server.StartAsync();
        return new LocalBroker(server, port);
    }

    public void Dispose() => Server.Dispose();
}
