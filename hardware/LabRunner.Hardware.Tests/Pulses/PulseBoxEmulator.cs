using System.Diagnostics;
using System.Globalization;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Tests.Drivers.Support;
using Microsoft.Win32.SafeHandles;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>An edge of an output.</summary>
internal readonly record struct OutputEdge(long Cycle, bool High);

/// <summary>
/// The real firmware in the emulator (hardware/pulse-box/emulator), its UART behind a pseudo terminal. Its time stands still but for the bytes
/// it gets and for <see cref="Run"/>, so tests count cycles and wait for nothing.
/// </summary>
internal sealed class PulseBoxEmulator : IDisposable
{
    private readonly Process _node;
    private readonly Lock _gate = new();
    private readonly Thread _pump;
    private Cable _cable = new();
    private volatile bool _stop;

    public PulseBoxEmulator()
    {
        (string home, string built) = Need();
        string image = Path.Combine(built, "pulse-box.bin");

        _node = Process.Start(new ProcessStartInfo("node", [Path.Combine(home, "hardware", "pulse-box", "emulator", "serve.mjs"), image, built])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        Done();
        _pump = new Thread(Pump) { IsBackground = true, Name = "pulse box" };
        _pump.Start();
    }

    /// <summary>Path of the serial port.</summary>
    public string Port => _cable.Pty.Path;

    /// <summary>Changes bytes on their way to the host, to damage them.</summary>
    public Func<byte[], byte[]> Wire { get; set; } = bytes => bytes;

    /// <summary>Lets cycles of 8 ns pass; returns the cycle reached.</summary>
    public long Run(long cycles) => Cycle(Command(string.Create(CultureInfo.InvariantCulture, $"run {cycles}")));

    /// <summary>Drives SEL of a plug; returns the cycle of the change.</summary>
    public long Sel(int plug, bool high) => Cycle(Command($"sel {plug} {(high ? 1 : 0)}"));

    /// <summary>Takes the box's supply away for a moment; the serial adapter stays.</summary>
    public void PowerCycle() => Command("reset");

    /// <summary>Steps every single cycle from now on instead of skipping idle ones.</summary>
    public void Slow() => Command("slow 1");

    /// <summary>Takes the edges seen on a pin so far.</summary>
    public OutputEdge[] Edges(int pin) =>
        [.. Command($"edges {pin}").Skip(1).Select(word => word.Split(':')).Select(pair => new OutputEdge(long.Parse(pair[0], CultureInfo.InvariantCulture), pair[1] == "1"))];

    /// <summary>Unplugs the serial adapter and plugs it in again; the box runs on.</summary>
    public void Replug()
    {
        Cable old = _cable;
        _cable = new Cable();
        old.Dispose();
    }

    public void Dispose()
    {
        _stop = true;
        _pump.Join();
        _cable.Dispose();
        _node.StandardInput.Close();
        if (!_node.WaitForExit(5000))
        {
            _node.Kill();
        }

        _node.Dispose();
    }

    /// <summary>The repository and the folder with firmware and emulator; ignores the test with the reason where there are none.</summary>
    public static (string Home, string Built) Need()
    {
        string home = Home();
        string built = Path.Combine(home, ".artifacts", "pulse-box");
        string missing = Path.Combine(built, "missing");
        if (!File.Exists(Path.Combine(built, "pulse-box.bin")) || !Directory.Exists(Path.Combine(built, "node_modules")))
        {
            Assert.Ignore(File.Exists(missing) ? File.ReadAllText(missing).Trim() : "The pulse box's firmware is not built; .ci/pulse-box builds it.");
        }

        return (home, built);
    }

    private static string Home()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "LabRunner.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("The tests run from within the repository.");
    }

    private static long Cycle(string[] words) => long.Parse(words[0], CultureInfo.InvariantCulture);

    private string[] Command(string command)
    {
        lock (_gate)
        {
            _node.StandardInput.Write(command + "\n");
            _node.StandardInput.Flush();
            return Done();
        }
    }

    /// <summary>Words after "done"; what the box sent before goes to the port.</summary>
    private string[] Done()
    {
        while (true)
        {
            string line = _node.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The emulator ended; its message is on standard error.");
            string[] words = line.Split(' ');
            if (words[0] == "done")
            {
                return words[1..];
            }

            try
            {
                _cable.Pty.Send(Wire(Convert.FromHexString(words[1])), CancellationToken.None);
            }
            catch (ObjectDisposedException)
            {
                // Said into an adapter that is being unplugged.
            }
        }
    }

    private void Pump()
    {
        while (!_stop)
        {
            byte[] bytes;
            try
            {
                using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(100), TimeProvider.System);
                bytes = _cable.Pty.Receive(1, soon.Token);
            }
            catch (Exception nothing) when (nothing is OperationCanceledException or ObjectDisposedException)
            {
                // Nothing came, or the adapter was unplugged: what comes next comes through the new one.
                continue;
            }

            Command("rx " + Convert.ToHexString(bytes));
        }
    }

    /// <summary>A pseudo terminal whose far end is held open, so that it does not hang up while no driver has it.</summary>
    private sealed class Cable : IDisposable
    {
        private readonly SafeFileHandle _held;

        public Cable()
        {
            Pty = new Pty();
            // File.OpenHandle would take the advisory lock that tells the driver of another owner.
            _held = new SafeFileHandle(Libc.Open(Pty.Path, Libc.ReadWrite | Libc.NoControllingTty | Libc.CloseOnExec), ownsHandle: true);
            TtyDevice.SetRaw("test", Pty.Path, _held, 115_200);
        }

        public Pty Pty { get; }

        public void Dispose()
        {
            Pty.Dispose();
            _held.Dispose();
        }
    }
}
