using System.Runtime.InteropServices;
using System.Text.Json;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>The virtual bench as a process: arguments, signals, exit codes.</summary>
internal static class VirtualBenchProcess
{
    public const int Done = 0;
    public const int Usage = 64;
    public const int Broken = 70;

    // A timer takes 49 days at most; a longer orphan limit is looked at again.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    private const string Help = """
        LabRunner.Hardware.Virtual: a bench of virtual plugs, reachable as a real one is: ttys, TCP and UDP
        ports, an MQTT broker, and a harness socket for GPIO, PWM and I2C.

        Usage:
          LabRunner.Hardware.Virtual < config.json
          LabRunner.Hardware.Virtual --config FILE
          LabRunner.Hardware.Virtual --help

        The configuration is one JSON document:
          directory    full path of a new or empty folder for sockets, ttys and images; removed at the end
          clock        origin of the run's clock, as in LABRUNNER_CLOCK: scale;monotonic;ticks
          seed         number, seeds every random draw
          broker       host:port of an MQTT broker; leave it out for one of its own
          weather      array of what happens in the air: "5m access-point-off 60s", "10m channel 11", ...
          orphanLimit  machine time without a harness client after which it ends itself (00:10:00)
          plugs        array: name, chip, wiring, template, flags, version, mqttClient, loadWatts, lineVolts, faults

        It prints its addresses as one JSON line on standard output (and as addresses.json in its folder) when it
        is ready, and runs until SIGTERM, SIGINT or the orphan limit. It outlives its launcher.

        Exit codes: 0 ended as asked or by the orphan limit, 64 wrong usage or configuration, 70 failed.
        """;

    /// <summary>
    /// Leaves the launcher's session: Ctrl-C in its terminal is for the launcher, which then puts the bench into a safe state first. Has no
    /// effect when started by hand from a shell, where Ctrl-C is meant for this process.
    /// </summary>
    public static void Detach() => _ = Native.NewSession();

    /// <summary>Runs until told to end.</summary>
    public static async Task<int> RunAsync(string[] args, Stream input, TextWriter output, TextWriter errors)
    {
        if (args is ["--help" or "-h"])
        {
            Say(output, Help);
            return Done;
        }

        if (args is not ([] or ["--config", _]))
        {
            Say(errors, $"'{string.Join(' ', args)}' is no usage of the virtual bench. Run it with --help.");
            return Usage;
        }

        TaskCompletionSource stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            VirtualBenchConfig config = await ReadAsync(args, input).ConfigureAwait(false);
            VirtualBenchHost host = await VirtualBenchHost.StartAsync(config).ConfigureAwait(false);
            await using (host.ConfigureAwait(false))
            {
                Say(output, JsonSerializer.Serialize(host.Addresses, VirtualBenchJson.Options));
                return await WaitAsync(host, config.OrphanLimit, stop.Task, errors).ConfigureAwait(false);
            }
        }
        catch (BenchFaultException e)
        {
            Say(errors, e.Message);
            return e.Kind == FaultKind.Configuration ? Usage : Broken;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.TrySetResult();
        }
    }

    private static async Task<VirtualBenchConfig> ReadAsync(string[] args, Stream input)
    {
        if (args.Length == 0)
        {
            return await VirtualBenchJson.ReadAsync(input, CancellationToken.None).ConfigureAwait(false);
        }

        try
        {
            FileStream file = File.OpenRead(args[1]);
            await using (file.ConfigureAwait(false))
            {
                return await VirtualBenchJson.ReadAsync(file, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Configuration, args[1], $"cannot be read: {e.Message.TrimEnd('.')}", "Give --config a readable file", e);
        }
    }

    /// <summary>Waits for the first of: told to stop, orphaned, engine broken.</summary>
    private static async Task<int> WaitAsync(VirtualBenchHost host, TimeSpan orphanLimit, Task stopped, TextWriter errors)
    {
        while (true)
        {
            // Machine time: an orphan's launcher is gone in every time scale.
            TimeSpan left = orphanLimit - host.Idle;
            if (left <= TimeSpan.Zero)
            {
                Say(errors, $"{host.Addresses.Directory}: no harness client for {orphanLimit}; the virtual bench ends.");
                return Done;
            }

            Task wait = Task.Delay(left < LongestDelay ? left : LongestDelay, TimeProvider.System);
            Task first = await Task.WhenAny(stopped, host.Running, wait).ConfigureAwait(false);
            if (first == stopped)
            {
                return Done;
            }

            if (first == host.Running)
            {
                Say(errors, $"{host.Addresses.Directory}: the virtual bench failed: {host.Running.Exception?.GetBaseException()}");
                return Broken;
            }
        }
    }

    /// <summary>A launcher that was killed leaves broken pipes behind, which are no reason to end.</summary>
    private static void Say(TextWriter writer, string text)
    {
        try
        {
            writer.WriteLine(text);
            writer.Flush();
        }
        catch (IOException)
        {
        }
    }
}
