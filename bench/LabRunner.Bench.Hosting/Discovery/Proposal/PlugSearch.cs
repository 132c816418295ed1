using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Discovery.Proposal;

/// <summary>A plug that answered.</summary>
/// <param name="Address">host:port.</param>
/// <param name="Name">Its short name.</param>
/// <param name="Chipset">Such as BL602.</param>
/// <param name="Mac">As the plug prints it.</param>
/// <param name="MqttClient">MQTT client id.</param>
/// <param name="Build">Build string.</param>
public sealed record FoundPlug(string Address, string Name, string Chipset, string Mac, string MqttClient, string Build);

/// <summary>Asks every address of a network for <c>/api/info</c> of OpenBeken. Only ever on demand: other devices may be on it.</summary>
public static class PlugSearch
{
    /// <summary>Most host bits of a network that is searched: 1,022 addresses.</summary>
    private const int MostHostBits = 10;
    private const int AtOnce = 32;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Addresses of a network, without its first and last where it has more than two.</summary>
    /// <param name="network">IPv4 in CIDR notation such as 192.168.4.0/24; /22 to /32.</param>
    /// <exception cref="UsageException">It is no such network.</exception>
    public static IReadOnlyList<IPAddress> Addresses(string network)
    {
        string[] parts = network.Split('/');
        if (parts.Length != 2 || !IPAddress.TryParse(parts[0], out IPAddress? address) || address.AddressFamily != AddressFamily.InterNetwork
            || parts[0].Split('.').Length != 4 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int bits) || bits is < 32 - MostHostBits or > 32)
        {
            throw new UsageException($"--network: '{network}' is no IPv4 network of /{32 - MostHostBits} to /32. Write it like 192.168.4.0/24.");
        }

        uint count = 1u << (32 - bits);
        uint first = BitConverter.ToUInt32([.. address.GetAddressBytes().Reverse()]) & ~(count - 1);
        return [.. Enumerable.Range(0, (int)count).Where(i => count <= 2 || (i > 0 && i < count - 1))
            .Select(i => new IPAddress([.. BitConverter.GetBytes(first + (uint)i).Reverse()]))];
    }

    /// <summary>Asks each address, 32 at a time, 2 s each.</summary>
    /// <param name="addresses">Addresses.</param>
    /// <param name="port">TCP port of the plugs' web server, usually 80.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>Those that answered as OpenBeken does, in order of their addresses.</returns>
    public static async Task<IReadOnlyList<FoundPlug>> RunAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        LabClock clock = LabClock.Start();
        FoundPlug?[] found = new FoundPlug?[addresses.Count];
        await Parallel.ForAsync(0, addresses.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (i, token) =>
        {
            string address = string.Create(CultureInfo.InvariantCulture, $"{addresses[i]}:{port}");
            try
            {
                PlugInfo info = await new OpenBekenPlug(address, clock, Limit).GetInfoAsync(token).ConfigureAwait(false);
                found[i] = new(address, info.ShortName, info.Chipset, info.Mac, info.MqttTopic, info.Build);
            }
            catch (PlugUnreachableException)
            {
                // Nobody there, or another device.
            }
        }).ConfigureAwait(false);
        return [.. found.OfType<FoundPlug>()];
    }
}
