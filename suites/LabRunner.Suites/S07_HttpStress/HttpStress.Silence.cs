using System.Globalization;
using System.Net.Sockets;
using System.Text;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Hardware.Network;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S07_HttpStress;

/// <content>Clients that fall silent, before, in and after their request, and those that want to stay.</content>
public sealed partial class HttpStress
{
    // A page longer than a BL602's send buffer (4380 B): what is shorter is off its hands before anybody has acknowledged it.
    private const string LargePage = "/index";

    private enum SilenceKind
    {
        Nothing,
        HalfHeader,
        Vanished,
    }

    // The connections stay open until the plug has given them up, or the time for it is over.
    private async Task<IReadOnlyList<string>> SilentAsync(string name, SilenceKind kind)
    {
        List<Socket> open = [];
        try
        {
            (double before, int? sockets) = await Heap.FiguresAsync(Lab);
            PlainHttp http = new(Lab);
            for (int i = 0; i < Parameters.Silent; i++)
            {
                if (await http.OpenAsync(RequestLimit) is { } socket)
                {
                    open.Add(socket);
                    if (kind != SilenceKind.Vanished)
                    {
                        OpenConnection.AskWhetherItStands(socket);
                    }

                    await FallSilentAsync(http, socket, kind, i);
                }
            }

            if (open.Count == 0)
            {
                Assert.Inconclusive($"None of {Parameters.Silent} connections was taken: nobody fell silent, and nothing is known of it.");
            }

            TimeSpan began = Lab.Now;

            // As before until it tells: a plug that answers nobody holds nothing that is known.
            (double heap, int? inUse, int held) = (before, null, 0);
            bool Keeps() => held > 0 || inUse > sockets || heap < before - Parameters.HeapBand;
            bool back = await Lab.UntilAsync(
                async () =>
                {
                    (heap, inUse) = await Heap.FiguresAsync(Lab);

                    // Heap alone tells nothing of a build that has plenty, or always tells the same figure.
                    held = kind == SilenceKind.Vanished ? 0 : open.Count(OpenConnection.IsHeld);
                    return !Keeps() && (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds > 0;
                },
                Parameters.GiveUpLimit);
            await Lab.MeasureAsync(new Figure($"{name}-given-up", (Lab.Now - began).TotalSeconds, "s", back ? Verdict.Pass : Verdict.Fail)
            {
                Upper = Parameters.GiveUpLimit.TotalSeconds, Detail = [("connections", $"{open.Count}"), ("held", kind == SilenceKind.Vanished ? "not seen from here" : $"{held}")],
            });
            string limit = DurationText.Format(Parameters.GiveUpLimit);
            return back ? [] :
            [
                !Keeps() ? $"beside {open.Count} of them it did not answer within {limit}" : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(held == 0 ? "some" : $"{held}")} of {open.Count} are held longer than {limit}: {heap:0} B of {before:0} B of heap are free{(inUse > sockets ? $", {inUse} sockets in use of {sockets} before" : "")}"),
            ];
        }
        finally
        {
            foreach (Socket socket in open)
            {
                socket.Dispose();
            }
        }
    }

    private async Task FallSilentAsync(PlainHttp http, Socket socket, SilenceKind kind, int number)
    {
        string request = http.Get(LargePage);
        try
        {
            switch (kind)
            {
                case SilenceKind.HalfHeader:
                    // Every other one ends within the request line, the others after it.
                    int at = number % 2 == 0 ? request.IndexOf('\r', StringComparison.Ordinal) / 2 : request.Length - 6;
                    await socket.SendAsync(Encoding.ASCII.GetBytes(request[..at]), Lab.Token);
                    break;
                case SilenceKind.Vanished:
                    // Before the request, so that not even the first packet of the answer is acknowledged.
                    SilentSocket.Silence(socket);
                    await socket.SendAsync(Encoding.ASCII.GetBytes(request), Lab.Token);
                    break;
            }
        }
        catch (SocketException)
        {
            // Turned away: nothing is held.
        }
        catch (IOException refused)
        {
            throw new IgnoreException(refused.Message);
        }
    }

    // The firmware answers one request and closes: a client that is told no length has only the end of the connection to know the end of the answer by.
    private async Task<IReadOnlyList<string>> KeepAliveAsync()
    {
        PlainHttp http = new(Lab);
        string kept = http.Get(LargePage, "keep-alive");
        List<string> problems = [];
        foreach ((string step, string[] segments) in new[] { ("keep-alive", (string[])[kept]), ("two-requests", [kept + kept]) })
        {
            int ended = 0;
            string last = "";
            for (int i = 0; i < Parameters.KeepAlives; i++)
            {
                TimeSpan started = Lab.Now;
                PlainReply reply = await http.SendAsync(segments, TimeSpan.Zero, RequestLimit);
                await Lab.TrialAsync(step, started, reply.Served, reply.Took, ("status", $"{reply.Status}"), ("bytes", $"{reply.Bytes}"), ("ended", reply.Ended));
                ended += reply.Served ? 1 : 0;
                last = reply.Served ? last : reply.Ended == "timeout" ? "the answer had no end" : $"{reply.Ended}, status {reply.Status}";
            }

            if (ended < Parameters.KeepAlives)
            {
                problems.Add($"{Parameters.KeepAlives - ended} of {Parameters.KeepAlives} by step {step} were not answered to the end ({last})");
            }
        }

        return problems;
    }
}
