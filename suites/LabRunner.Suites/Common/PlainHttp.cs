using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LabRunner.Fixtures;

namespace LabRunner.Suites.Common;

/// <summary>How a request ended.</summary>
/// <param name="Status">Status; null when no whole status line came.</param>
/// <param name="Bytes">Bytes of the answer, its head among them.</param>
/// <param name="Took">From the connection on, run time.</param>
/// <param name="Ended">closed, refused, reset, timeout.</param>
internal sealed record PlainReply(int? Status, int Bytes, TimeSpan Took, string Ended)
{
    /// <summary>An answer with status 200 or a redirect, and the end of the connection.</summary>
    public bool Served => Status is 200 or 302 && Ended == "closed";
}

/// <summary>Requests that no HTTP client would make: in pieces, without an end, many at once. One connection each. Thread safe.</summary>
internal sealed class PlainHttp(SuiteContext lab)
{
    private readonly string _host = lab.SlotFacts.Http![..lab.SlotFacts.Http!.LastIndexOf(':')];
    private readonly int _port = int.Parse(lab.SlotFacts.Http![(lab.SlotFacts.Http!.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);

    // On a fast clock a slow machine must not look like a dead plug.
    private static readonly TimeSpan LeastMachineTime = TimeSpan.FromSeconds(1);

    /// <summary>Text of a plain GET.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="connection">What is to become of the connection: close or keep-alive.</param>
    public string Get(string path, string connection = "close") => $"GET {path} HTTP/1.1\r\nHost: {_host}\r\nConnection: {connection}\r\n\r\n";

    /// <summary>Opens a connection; the caller closes it.</summary>
    /// <returns>Null: refused, reset, or not answered within the limit.</returns>
    public async Task<Socket?> OpenAsync(TimeSpan limit)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using CancellationTokenSource late = Limit(limit);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, lab.Token);
        try
        {
            await socket.ConnectAsync(_host, _port, either.Token);
            return socket;
        }
        catch (Exception failure) when (failure is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            lab.Token.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <summary>Sends a request in pieces and reads to the end.</summary>
    /// <param name="pieces">Text of each piece.</param>
    /// <param name="pause">Time between two, run time.</param>
    /// <param name="limit">For connection and answer together, after the last piece; run time.</param>
    public async Task<PlainReply> SendAsync(IReadOnlyList<string> pieces, TimeSpan pause, TimeSpan limit)
    {
        TimeSpan began = lab.Now;
        using Socket? socket = await OpenAsync(limit);
        if (socket is null)
        {
            return new PlainReply(null, 0, lab.Now - began, "refused");
        }

        try
        {
            for (int i = 0; i < pieces.Count; i++)
            {
                if (i > 0)
                {
                    await lab.DelayAsync(pause);
                }

                await socket.SendAsync(Encoding.ASCII.GetBytes(pieces[i]), lab.Token);
            }

            return await ReadAsync(socket, began, limit);
        }
        catch (SocketException)
        {
            return new PlainReply(null, 0, lab.Now - began, "reset");
        }
    }

    private async Task<PlainReply> ReadAsync(Socket socket, TimeSpan began, TimeSpan limit)
    {
        byte[] buffer = new byte[4096];
        StringBuilder head = new();
        int bytes = 0;
        using CancellationTokenSource late = Limit(limit);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, lab.Token);
        string ended;
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer, either.Token)) > 0)
            {
                bytes += read;
                if (head.Length < 64)
                {
                    head.Append(Encoding.ASCII.GetString(buffer, 0, Math.Min(read, 64)));
                }
            }

            ended = "closed";
        }
        catch (SocketException)
        {
            ended = "reset";
        }
        catch (OperationCanceledException)
        {
            lab.Token.ThrowIfCancellationRequested();
            ended = "timeout";
        }

        return new PlainReply(StatusOf(head.ToString()), bytes, lab.Now - began, ended);
    }

    // "HTTP/1.1 200 OK" ended by a bare LF.
    private static int? StatusOf(string head)
    {
        string[] words = head.Split(' ', 3);
        return words.Length == 3 && head.StartsWith("HTTP/", StringComparison.Ordinal) && int.TryParse(words[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int status)
            ? status
            : null;
    }

    private CancellationTokenSource Limit(TimeSpan limit)
    {
        TimeSpan least = LeastMachineTime * lab.Clock.Scale;
        return new CancellationTokenSource(limit > least ? limit : least, lab.Clock);
    }
}
