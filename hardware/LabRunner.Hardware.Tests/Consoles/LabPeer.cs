using System.Globalization;
using System.Net.Sockets;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>
/// The other end of the real ftdi_sio port of the kernel lab: a TCP connection to QEMU's serial adapter, and QEMU's monitor to pull it. One for
/// all tests, since QEMU takes a hang-up of that connection for an unplug.
/// </summary>
internal sealed class LabPeer(string tty, Socket line, QmpClient qmp) : IPeer
{
    private const uint GetTermios2 = 0x802C542A;
    private const uint GetModem = 0x5415;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private bool _pulled;

    /// <summary>A port that a driver could not close keeps its number: the next one plugged in has another.</summary>
    public string Path { get; private set; } = tty;

    public unsafe int? Baud
    {
        get
        {
            uint* termios = stackalloc uint[11];
            return Libc.Ioctl(OwnDescriptor(), GetTermios2, termios) == 0 ? (int)termios[10] : -1;
        }
    }

    public unsafe (bool Dtr, bool Rts)? ModemLines
    {
        get
        {
            int lines;
            Assert.That(Libc.Ioctl(OwnDescriptor(), GetModem, &lines), Is.Zero, "the kernel tells the modem lines");
            return ((lines & 2) != 0, (lines & 4) != 0);
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await line.SendAsync(bytes, cancellationToken)..];
        }
    }

    public async Task<byte[]> ReceiveAsync(int length, CancellationToken cancellationToken)
    {
        byte[] received = new byte[length];
        for (int at = 0; at < length;)
        {
            int count = await line.ReceiveAsync(received.AsMemory(at), cancellationToken);
            at += count > 0 ? count : throw new IOException($"QEMU hung up after {at} of {length} bytes");
        }

        return received;
    }

    public async Task PullAsync(CancellationToken cancellationToken)
    {
        await qmp.PullAsync(cancellationToken);
        _pulled = true;
    }

    public async Task PlugAsync(CancellationToken cancellationToken)
    {
        // QEMU lets go of the line's other end a moment after the device.
        while (!await qmp.TryPlugAsync(cancellationToken))
        {
            await Task.Delay(Step, TimeProvider.System, cancellationToken);
        }

        _pulled = false;

        // The guest's kernel needs a moment to enumerate it.
        while (Find() is null)
        {
            await Task.Delay(Step, TimeProvider.System, cancellationToken);
        }

        Path = Find()!;
    }

    /// <summary>Plugged in, and nothing of the test before on the line.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_pulled)
        {
            await PlugAsync(cancellationToken);
        }

        byte[] rest = new byte[4096];
        while (line.Poll(Step, SelectMode.SelectRead) && await line.ReceiveAsync(rest, cancellationToken) > 0)
        {
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string? Find()
    {
        try
        {
            string node = new UsbTty().Resolve("kernel lab", "usb:0403:6001");
            return File.Exists(node) ? node : null;
        }
        catch (BenchFaultException)
        {
            return null;
        }
    }

    /// <summary>The port as the driver under test has it: opening it once more would raise its modem lines.</summary>
    private int OwnDescriptor() =>
        Directory.GetFileSystemEntries("/proc/self/fd")
            .Where(entry => new FileInfo(entry).LinkTarget == Path)
            .Select(entry => int.Parse(System.IO.Path.GetFileName(entry), CultureInfo.InvariantCulture))
            .First();
}
