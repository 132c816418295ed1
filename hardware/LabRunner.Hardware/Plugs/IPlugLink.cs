namespace LabRunner.Hardware.Plugs;

/// <summary>An open connection to the web server of a DUT: a TCP socket, or the model of one. Disposing closes it.</summary>
public interface IPlugLink : IDisposable
{
    /// <summary>Sends all bytes.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The connection broke.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Waits for bytes.</summary>
    /// <returns>How many came; 0 when the other side has closed.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">The connection broke.</exception>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken);
}

/// <summary>Connects to the web server of a DUT.</summary>
/// <exception cref="System.Net.Sockets.SocketException">It refused.</exception>
/// <exception cref="OperationCanceledException">Nothing came in time.</exception>
public delegate ValueTask<IPlugLink> DialPlug(CancellationToken cancellationToken);
