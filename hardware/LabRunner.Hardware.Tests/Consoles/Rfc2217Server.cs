using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Drivers.Consoles;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>
/// A terminal server with RFC 2217 in front of one local port, written from the RFC and without the driver's telnet code. One client at a time;
/// when the port goes away it hangs up, and says why to whoever comes then.
/// </summary>
internal sealed class Rfc2217Server : IAsyncDisposable
{
    private const byte Iac = 255, Dont = 254, Do = 253, Wont = 252, Will = 251, Sub = 250, SubEnd = 240;
    private const byte Binary = 0, SuppressGoAhead = 3, ComPort = 44;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _port;
    private readonly byte[] _refused;
    private readonly Task _accepting;
    private Socket? _current;

    /// <param name="port">Path of the local port.</param>
    /// <param name="refused">Telnet options this server does not have.</param>
    public Rfc2217Server(string port, params byte[] refused)
    {
        (_port, _refused) = (port, refused);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public bool Dtr { get; private set; } = true;

    public bool Rts { get; private set; } = true;

    /// <summary>False: the port has no modem lines, so that requests to set them are not answered, as by ser2net.</summary>
    public bool HasLines { get; set; } = true;

    /// <summary>What a client is told to have been set when it asks for a speed; null: what it asked for.</summary>
    public int? BaudAnswered { get; set; }

    /// <summary>Sends the client something out of band: a notification, a request to pause.</summary>
    public Func<byte[], Task>? SendRaw { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        Task serving = Task.CompletedTask;
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_stop.Token);
                if (!serving.IsCompleted && TcpPeer.IsOpen(_current!))
                {
                    await client.SendAsync("Port already in use\r\n"u8.ToArray(), _stop.Token);
                    client.Dispose();
                    continue;
                }

                await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _current = client;
                serving = ServeAsync(client);
            }
        }
        finally
        {
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using Socket client = socket;
        client.NoDelay = true;
        try
        {
            await using ISerialPort port = await new NativeTty(new ConsoleOptions { Path = _port }, new FakeContext()).OpenAsync(_stop.Token);
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            SendRaw = bytes => client.SendAsync(bytes);
            Task down = FromPortAsync(port, client, over.Token);
            Task up = FromClientAsync(port, client, over.Token);
            await Task.WhenAny(down, up);
            await over.CancelAsync();
            await Task.WhenAll(down, up).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (BenchFaultException)
        {
            await client.SendAsync("Device open failure\r\n"u8.ToArray(), _stop.Token);
        }
    }

    private static async Task FromPortAsync(ISerialPort port, Socket client, CancellationToken token)
    {
        while (true)
        {
            ReadResult result = await port.Input.ReadAsync(token);
            byte[] escaped = [.. result.Buffer.ToArray().SelectMany(value => value == Iac ? new[] { Iac, Iac } : [value])];
            port.Input.AdvanceTo(result.Buffer.End);
            for (int at = 0; at < escaped.Length;)
            {
                at += await client.SendAsync(escaped.AsMemory(at), token);
            }
        }
    }

    // A server waits for its line as long as it takes: the limit of a local write is for clients.
    private static async Task PassAsync(ISerialPort port, byte value, CancellationToken token)
    {
        while (true)
        {
            try
            {
                await port.WriteAsync(new[] { value }, token);
                return;
            }
            catch (TimeoutException)
            {
                token.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task FromClientAsync(ISerialPort port, Socket client, CancellationToken token)
    {
        NetworkStream stream = new(client);
        PipeReader reader = PipeReader.Create(stream);
        while (await NextAsync(reader, token) is { } value)
        {
            if (value != Iac)
            {
                await PassAsync(port, value, token);
                continue;
            }

            byte verb = await MustAsync(reader, token);
            switch (verb)
            {
                case Iac:
                    await PassAsync(port, Iac, token);
                    break;
                case Will:
                    byte offered = await MustAsync(reader, token);
                    await client.SendAsync(new[] { Iac, Has(offered) ? Do : Dont, offered }, token);
                    break;
                case Do:
                    byte wanted = await MustAsync(reader, token);
                    await client.SendAsync(new[] { Iac, Has(wanted) ? Will : Wont, wanted }, token);
                    break;
                case Wont or Dont:
                    await MustAsync(reader, token);
                    break;
                case Sub:
                    await SetAsync(port, client, await SubAsync(reader, token), token);
                    break;
                default:
                    break;
            }
        }
    }

    private bool Has(byte option) => option is Binary or SuppressGoAhead or ComPort && !_refused.Contains(option);

    private async Task SetAsync(ISerialPort port, Socket client, byte[] sub, CancellationToken token)
    {
        if (sub is not [ComPort, var command, .. var value])
        {
            return;
        }

        switch (command)
        {
            case 1:
                int baud = BinaryPrimitives.ReadInt32BigEndian(value);
                await port.SetBaudAsync(baud, token);
                BinaryPrimitives.WriteInt32BigEndian(value, BaudAnswered ?? baud);
                break;
            case 5 when value[0] is >= 8 and <= 12 && !HasLines:
                return;
            case 5 when value[0] is 8 or 9:
                Dtr = value[0] == 8;
                break;
            case 5 when value[0] is 11 or 12:
                Rts = value[0] == 11;
                break;
            default:
                break;
        }

        byte[] escaped = [.. value.SelectMany(v => v == Iac ? new[] { Iac, Iac } : [v])];
        await client.SendAsync(new byte[] { Iac, Sub, ComPort, (byte)(command + 100) }.Concat(escaped).Concat(new[] { Iac, SubEnd }).ToArray(), token);
    }

    private static async Task<byte[]> SubAsync(PipeReader reader, CancellationToken token)
    {
        List<byte> sub = [];
        while (true)
        {
            byte value = await MustAsync(reader, token);
            if (value == Iac && (value = await MustAsync(reader, token)) == SubEnd)
            {
                return [.. sub];
            }

            sub.Add(value);
        }
    }

    private static async ValueTask<byte> MustAsync(PipeReader reader, CancellationToken token) =>
        await NextAsync(reader, token) ?? throw new EndOfStreamException();

    private static async ValueTask<byte?> NextAsync(PipeReader reader, CancellationToken token)
    {
        ReadResult result = await reader.ReadAsync(token);
        if (result.Buffer.IsEmpty)
        {
            return null;
        }

        byte value = result.Buffer.FirstSpan[0];
        reader.AdvanceTo(result.Buffer.GetPosition(1));
        return value;
    }
}
