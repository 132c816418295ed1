using System.Net;
using System.Net.Sockets;
using System.Text;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Drivers.Scpi;

namespace LabRunner.Hardware.Tests.Drivers.Support;

/// <summary>An instrument that answers lines, with the bench's end of the way to it.</summary>
/// <param name="take">What it does with a line; null where it answers nothing.</param>
internal abstract class ScpiPeer(Func<string, string?> take) : IAsyncDisposable
{
    /// <summary>The bench's end.</summary>
    public abstract IScpiInstrument Instrument { get; }

    protected Func<string, string?> Take => take;

    /// <summary>Takes the instrument away.</summary>
    public abstract Task VanishAsync();

    public async ValueTask DisposeAsync()
    {
        await VanishAsync();
        await Instrument.DisposeAsync();
    }
}

/// <summary>On a socket.</summary>
internal sealed class ScpiTcpPeer : ScpiPeer
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public ScpiTcpPeer(Func<string, string?> take, FakeContext context, TimeSpan limit)
        : base(take)
    {
        _listener.Start();
        _serving = ServeAsync();
        Instrument = new ScpiTcp(new ScpiTcpOptions { Address = _listener.LocalEndpoint.ToString()!, Limit = limit }, context);
    }

    public override IScpiInstrument Instrument { get; }

    public override async Task VanishAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ServeAsync()
    {
        List<Task> clients = [];
        try
        {
            while (true)
            {
                clients.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        finally
        {
            await Task.WhenAll(clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            using StreamReader reader = new(client.GetStream(), Encoding.ASCII);
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                if (Take(line) is { } answer)
                {
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer + "\n"), _stop.Token);
                }
            }
        }
    }
}

/// <summary>On a serial line: a pseudo terminal, slow in nothing but its bytes coming in pieces.</summary>
internal sealed class ScpiSerialPeer : ScpiPeer
{
    private readonly Pty _line = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _serving;
    private bool _gone;

    public ScpiSerialPeer(Func<string, string?> take, FakeContext context, TimeSpan limit)
        : base(take)
    {
        _serving = new Thread(Serve) { IsBackground = true, Name = "instrument" };
        _serving.Start();
        Instrument = new ScpiSerial(new ScpiSerialOptions { Path = _line.Path, Baud = 115_200, Limit = limit }, context);
    }

    public override IScpiInstrument Instrument { get; }

    public override Task VanishAsync()
    {
        if (!_gone)
        {
            _gone = true;
            _stop.Cancel();
            _serving.Join();
            _line.Dispose();
        }

        return Task.CompletedTask;
    }

    private void Serve()
    {
        try
        {
            StringBuilder line = new();
            while (true)
            {
                char next = (char)_line.Receive(1, _stop.Token)[0];
                if (next != '\n')
                {
                    line.Append(next);
                    continue;
                }

                if (Take(line.ToString()) is { } answer)
                {
                    // Serial instruments end with CR LF, and their UART hands over a few bytes at a time.
                    foreach (char[] piece in (answer + "\r\n").Chunk(3))
                    {
                        _line.Send(Encoding.ASCII.GetBytes(piece), _stop.Token);
                    }
                }

                line.Clear();
            }
        }
        catch (OperationCanceledException)
        {
            // The instrument was taken away.
        }
    }
}
