using System.Reflection;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Http;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>
/// A failure mode a virtual plug carries. The hooks are the places where the plug asks its faults; each does nothing by default.
/// Made once per plug; a new draw is taken at each boot.
/// </summary>
internal abstract class PlantedFault(FaultParameters parameters, Chance chance)
{
    protected FaultParameters Parameters { get; } = parameters;

    protected Chance Chance { get; } = chance;

    /// <summary>Extra time the relay stays open at each boot.</summary>
    public virtual TimeSpan RelayHold => TimeSpan.Zero;

    /// <summary>True: the meter's pulses do not reach the counter.</summary>
    public virtual bool MeterDeaf => false;

    /// <summary>True: counts are multiplied by the length of their window, not divided by it.</summary>
    public virtual bool MeterWindowSwapped => false;

    /// <summary>True: the button's contact does not reach the pin.</summary>
    public virtual bool ButtonDead => false;

    /// <summary>True: a boot is never marked good, so that every start counts as a failed one.</summary>
    public virtual bool BootStaysIncomplete => false;

    /// <summary>Seconds by which a boot is marked good later than FullBootTime says; below 0: sooner.</summary>
    public virtual int BootMarkedLate => 0;

    /// <summary>True: the tasks above the stack no longer run; the stack answers, they do not.</summary>
    public virtual bool AppDead => false;

    /// <summary>What the firmware makes of a button that is well.</summary>
    public virtual ButtonFlaw ButtonFlaw => ButtonFlaw.None;

    /// <summary>False: the MQTT client never tries again.</summary>
    public virtual bool MqttReconnects => true;

    /// <summary>Tick counter at the start of a boot.</summary>
    public virtual TimeSpan TickOffset => TimeSpan.Zero;

    /// <summary>Signal strength in dBm; null: the usual one.</summary>
    public virtual int? Rssi => null;

    /// <summary>The bench switches the supply.</summary>
    public virtual void OnPowerSwitched(VirtualPlug plug, bool on)
    {
    }

    /// <summary>The microcontroller loses its supply, by whatever cause; called before it stops.</summary>
    public virtual void OnSupplyLost(VirtualPlug plug)
    {
    }

    /// <summary>A dip of the rail resets the meter chip alone; the microcontroller runs on.</summary>
    public virtual void OnMeterChipLost(VirtualPlug plug)
    {
    }

    /// <summary>Pins and drivers are set up; the watchdog is not armed yet.</summary>
    public virtual void OnPinsSetUp(PlugFirmware firmware)
    {
    }

    /// <summary>Value of a channel at boot.</summary>
    public virtual int StartValue(int channel, int value) => value;

    /// <summary>Energy total as read from flash at boot, Wh.</summary>
    public virtual double RestoredEnergy(double wattHours) => wattHours;

    /// <summary>A turn of the main loop, before its work.</summary>
    public virtual void OnEverySecond(PlugFirmware firmware)
    {
    }

    /// <summary>A connection to port 80 was accepted.</summary>
    public virtual void OnConnectionOpened(PlugFirmware firmware, int open)
    {
    }

    /// <summary>A request was read and is about to be answered.</summary>
    public virtual void OnRequest(PlugFirmware firmware, HttpRequest request)
    {
    }

    /// <summary>A reply in place of handling a request at all; null: it is handled.</summary>
    public virtual HttpReply? Refusal(PlugFirmware firmware, HttpRequest request) => null;

    /// <summary>The answer to a request.</summary>
    public virtual HttpReply Reply(PlugFirmware firmware, HttpRequest request, HttpReply reply) => reply;

    /// <summary>Bytes of a reply of this length after which its sending stalls until the client gives up; null: it does not.</summary>
    public virtual int? ReplyStallsAfter(PlugFirmware firmware, int length) => null;

    /// <summary>A console command is about to run; true swallows it.</summary>
    public virtual bool OnCommand(PlugFirmware firmware, string name, string arguments) => false;

    /// <summary>Which output of the meter chip a pin of this role really hears.</summary>
    public virtual PulseChannel Heard(PulseChannel channel) => channel;

    /// <summary>Pulses of one window as the driver counts them.</summary>
    public virtual long Counted(PlugFirmware firmware, PulseChannel channel, long pulses) => pulses;

    /// <summary>Length of a window as the energy step takes it, s.</summary>
    public virtual double Elapsed(PlugFirmware firmware, double seconds) => seconds;

    /// <summary>An energy value is about to be published.</summary>
    public virtual void OnEnergyPublish(PlugFirmware firmware)
    {
    }

    /// <summary>A relay pin is about to change: false leaves it as it is.</summary>
    public virtual bool RelayFollows(PlugFirmware firmware) => true;

    /// <summary>The link was lost: time beyond the usual until the next attempt, null for never.</summary>
    public virtual TimeSpan? Rejoin(PlugFirmware firmware, LinkLoss loss) => TimeSpan.Zero;

    /// <summary>The access point hands out a new group key: false does not answer it.</summary>
    public virtual bool TakesGroupKey(PlugFirmware firmware) => true;

    /// <summary>About to join: false gives up for the rest of the boot.</summary>
    public virtual bool Joins(PlugFirmware firmware) => true;

    /// <summary>An address was given or renewed.</summary>
    public virtual void OnLease(PlugFirmware firmware, TimeSpan lease)
    {
    }

    /// <summary>The address is lost, by a refusal or by the end of its lease: false never asks for one again in this boot.</summary>
    public virtual bool AsksForAddressAgain => true;

    /// <summary>True: it goes on with the address it has, also where its renewal is refused or its lease ends.</summary>
    public virtual bool KeepsAddress => false;

    /// <summary>Clients that the web server serves at once.</summary>
    public virtual int MostClients(int most) => most;

    /// <summary>True: the web server reads on until a request's header is whole.</summary>
    public virtual bool ReadsWholeHeader => false;

    /// <summary>True: the web server keeps a connection whose client asks for it, and waits for another request without a limit.</summary>
    public virtual bool StaysWhenAsked => false;

    /// <summary>A message of the broker came.</summary>
    public virtual void OnMqttMessage(PlugFirmware firmware)
    {
    }

    /// <summary>The broker accepted the client.</summary>
    public virtual void OnMqttConnected(PlugFirmware firmware)
    {
    }

    /// <summary>False: a save of the configuration says that it is done and writes nothing.</summary>
    public virtual bool KeepsSaves => true;

    /// <summary>Configuration or energy went to flash.</summary>
    public virtual void OnFlashWritten(PlugFirmware firmware)
    {
    }

    /// <summary>False: the energy of the day goes on where another day begins.</summary>
    public virtual bool RollsDay => true;

    /// <summary>False: the date that belongs to the energy of the day is lost at a boot.</summary>
    public virtual bool RemembersDay => true;

    /// <summary>The device's clock passed midnight.</summary>
    public virtual void OnMidnight(PlugFirmware firmware)
    {
    }

    /// <summary>The time the time server gave, as the device takes it.</summary>
    public virtual DateTimeOffset Synchronised(PlugFirmware firmware, DateTimeOffset time) => time;

    /// <summary>The main loop starts (uptime 0).</summary>
    public virtual void OnAppStarted(PlugFirmware firmware)
    {
    }

    /// <summary>SetupEnergyStats was executed.</summary>
    public virtual void OnEnergyStats(PlugFirmware firmware, bool enabled, int intervalSeconds)
    {
    }

    /// <summary>addRepeatingEvent was executed.</summary>
    public virtual void OnRepeatingEvent(PlugFirmware firmware, int intervalSeconds)
    {
    }

    /// <summary>Makes the faults of a plug.</summary>
    /// <exception cref="BenchFaultException">An id is unknown, or a parameter is.</exception>
    public static IReadOnlyList<PlantedFault> Plant(VirtualPlugConfig plug, long seed)
    {
        List<PlantedFault> planted = [];
        foreach (VirtualFaultConfig config in plug.Faults)
        {
            string place = $"virtual plug {plug.Name}, fault {config.Id}";
            Type type = FaultCatalogue.TypeOf(config.Id)
                ?? throw new BenchFaultException(
                    FaultKind.Configuration, place, "no such failure mode can be planted",
                    $"Choose one of {string.Join(", ", FaultCatalogue.Parameters.Keys)}");
            IReadOnlyDictionary<string, string> known = FaultCatalogue.Parameters[config.Id];
            if (config.Parameters.Keys.FirstOrDefault(p => !known.ContainsKey(p)) is { } unknown)
            {
                throw new BenchFaultException(
                    FaultKind.Configuration, place, $"it has no parameter '{unknown}'",
                    known.Count == 0 ? "It takes no parameters" : $"It takes {string.Join(", ", known.Keys)}");
            }

            try
            {
                planted.Add((PlantedFault)Activator.CreateInstance(
                    type, new FaultParameters(plug.Name, config), new Chance(seed, $"{plug.Name}/{config.Id}"))!);
            }
            catch (TargetInvocationException problem) when (problem.InnerException is BenchFaultException inner)
            {
                throw new BenchFaultException(inner.Kind, inner.Place, inner.Problem, inner.Remedy, inner);
            }
        }

        return planted;
    }
}
