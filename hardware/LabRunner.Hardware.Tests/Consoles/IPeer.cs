namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>The other end of a serial line, in the hands of the test.</summary>
internal interface IPeer : IAsyncDisposable
{
    /// <summary>What the inventory would say of the port: a path, or host:port.</summary>
    string Path { get; }

    /// <summary>Speed of the port; null where this peer cannot see it.</summary>
    int? Baud { get; }

    /// <summary>DTR and RTS of the port; null where it has none.</summary>
    (bool Dtr, bool Rts)? ModemLines { get; }

    /// <summary>Sends all bytes to the port; waits while it takes none.</summary>
    Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Receives so many bytes that the port wrote.</summary>
    Task<byte[]> ReceiveAsync(int length, CancellationToken cancellationToken);

    /// <summary>Pulls the plug.</summary>
    Task PullAsync(CancellationToken cancellationToken);

    /// <summary>Puts it back, under the same <see cref="Path"/>.</summary>
    Task PlugAsync(CancellationToken cancellationToken);
}
