using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>The few commands of QEMU's machine protocol (QMP) that pull and plug the USB serial adapter of a guest.</summary>
internal sealed class QmpClient : IDisposable
{
    private const string UsbPort = "1";

    private readonly TcpClient _client = new();
    private StreamReader _reader = null!;
    private string _device = "";
    private string _chardev = "";

    /// <summary>Connects and finds the adapter.</summary>
    public static async Task<QmpClient> ConnectAsync(string address, CancellationToken cancellationToken)
    {
        QmpClient qmp = new();
        string[] parts = address.Split(':');
        await qmp._client.ConnectAsync(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
        qmp._reader = new StreamReader(qmp._client.GetStream());
        await qmp._reader.ReadLineAsync(cancellationToken);
        await qmp.RunAsync("qmp_capabilities", [], cancellationToken);
        JsonNode devices = await qmp.RunAsync("qom-list", new() { ["path"] = "/machine/peripheral" }, cancellationToken);
        qmp._device = devices.AsArray().Single(device => device!["type"]!.GetValue<string>().Contains("usb-serial", StringComparison.Ordinal))!["name"]!.GetValue<string>();
        JsonNode chardev = await qmp.RunAsync(
            "qom-get", new() { ["path"] = $"/machine/peripheral/{qmp._device}", ["property"] = "chardev" }, cancellationToken);
        qmp._chardev = chardev.GetValue<string>();
        return qmp;
    }

    public Task PullAsync(CancellationToken cancellationToken) => RunAsync("device_del", new() { ["id"] = _device }, cancellationToken);

    /// <returns>False: its line is still in use by the device that was pulled.</returns>
    public async Task<bool> TryPlugAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Into the socket that it was pulled out of: left to itself QEMU takes the next one while that is not free yet.
            await RunAsync(
                "device_add", new() { ["port"] = UsbPort, ["driver"] = "usb-serial", ["chardev"] = _chardev, ["id"] = _device, ["always-plugged"] = true }, cancellationToken);
            return true;
        }
        catch (IOException failure) when (failure.Message.Contains("in use", StringComparison.Ordinal) || failure.Message.Contains("Duplicate", StringComparison.Ordinal))
        {
            return false;
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonNode> RunAsync(string command, JsonObject arguments, CancellationToken cancellationToken)
    {
        byte[] request = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["execute"] = command, ["arguments"] = arguments });
        await _client.GetStream().WriteAsync(request, cancellationToken);
        while (true)
        {
            string line = await _reader.ReadLineAsync(cancellationToken) ?? throw new IOException("QEMU's monitor hung up");
            JsonNode answer = JsonNode.Parse(line)!;
            if (answer["error"] is { } error)
            {
                throw new IOException($"{command}: {error}");
            }

            if (answer["return"] is { } value)
            {
                return value;
            }
        }
    }
}
