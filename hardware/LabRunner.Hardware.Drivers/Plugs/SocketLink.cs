using System.Net.Sockets;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>A TCP connection.</summary>
internal sealed class SocketLink(Socket socket) : IPlugLink
{
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes[sent..], cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) => socket.ReceiveAsync(buffer, cancellationToken);

    public void Dispose() => socket.Dispose();
}
