using System.Globalization;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Firmware;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Virtual.Plug;

/// <content>The board from the inside: what the firmware, the boot ROM and the planted faults use.</content>
public sealed partial class VirtualPlug
{
    internal VirtualPlugConfig Config { get; }

    internal VirtualChip Chip { get; }

    internal VirtualAir Air { get; }

    internal Station Station { get; }

    internal Supply Supply { get; } = new();

    internal IReadOnlyDictionary<int, (PinRole Role, int Channel)> Wired { get; }

    internal IReadOnlyList<PlantedFault> Faults { get; }

    internal PlugFlash Flash { get; }

    internal IPlugOutside Outside => _outside;

    internal Engine Engine => _engine;

    /// <summary>The running firmware, null while off, in reset, in the boot ROM or unpacking.</summary>
    internal PlugFirmware? RunningFirmware => _firmware;

    internal ResetWord RetainedWord { get; set; }

    /// <summary>The boot loader writes an update over the running slot.</summary>
    internal bool Unpacking { get; set; }

    internal long RomBytesReceived { get; set; }

    internal long RomBytesSent { get; set; }

    internal long RomBytesProgrammed { get; set; }

    internal int RomErases { get; set; }

    /// <summary>Level of the physical button's contact: true while pushed.</summary>
    internal bool ButtonPushed { get; private set; }

    /// <summary>Follows the supply: starts, stops, or only loses the meter chip.</summary>
    internal void SupplyChanged()
    {
        if (Supply.ChipRuns == _running)
        {
            PinsChanged();
            return;
        }

        _running = Supply.ChipRuns;
        if (_running)
        {
            if (_offSince is { } off && _engine.Now - off > RamSurvives)
            {
                RetainedWord = ResetWord.Lost;
                _meterChipHangs = false;
            }

            StartIfReleased();
        }
        else
        {
            _offSince = _engine.Now;
            foreach (PlantedFault fault in Faults)
            {
                fault.OnSupplyLost(this);
            }

            OtaPhase? phase = Unpacking ? OtaPhase.Unpack : _firmware?.Ota.Phase;
            Halt();
            if (phase is { } cut && Faults.OfType<OtaFault>().Any(f => f.BricksOnCut(cut)))
            {
                Flash.Destroy();
            }
        }
    }

    /// <summary>Pulls the rail down for a time. A dip replaces the one before; without a time the rail is up again at once.</summary>
    internal void DipRail(double volts, TimeSpan lasts)
    {
        int dip = ++_dips;
        Supply.Dip = lasts > TimeSpan.Zero ? volts : null;
        if (Supply is { Live: true, ChipRuns: true, MeterChipRuns: false })
        {
            foreach (PlantedFault fault in Faults)
            {
                fault.OnMeterChipLost(this);
            }
        }

        SupplyChanged();
        if (lasts > TimeSpan.Zero)
        {
            _engine.Schedule(_engine.Now + lasts, () =>
            {
                if (dip == _dips)
                {
                    Supply.Dip = null;
                    SupplyChanged();
                }
            });
        }
    }

    /// <summary>The meter chip stops until its supply has been away for longer than a dip.</summary>
    internal void HangMeterChip()
    {
        _meterChipHangs = true;
        PinsChanged();
    }

    /// <summary>The meter chip's SEL input: what is soldered to its pin decides; unconnected it reads low.</summary>
    internal bool ChipSelectsVoltage => SelHigh != Wired.Values.Any(w => w.Role == PinRole.SelInverted);

    /// <summary>Level of a pin that nobody drives, as an input sees it: what is soldered to it decides, else its pull-up.</summary>
    internal bool LevelOf(int pin, bool pulledUp) => Wired.TryGetValue(pin, out (PinRole Role, int Channel) wired)
        ? wired.Role switch
        {
            PinRole.Btn or PinRole.BtnToggleAll or PinRole.BtnScriptOnly => !(ButtonPushed && !Faults.Any(f => f.ButtonDead)),
            PinRole.BtnInverted or PinRole.BtnToggleAllInverted => ButtonPushed && !Faults.Any(f => f.ButtonDead),
            PinRole.Cf or PinRole.Cf1 => false,
            _ => pulledUp,
        }
        : pulledUp;

    internal long CountPulses(PulseChannel channel, TimeSpan now) => _pulses.Count(channel, now);

    internal Chance NewChance(string name) => new(_seed, $"{Config.Name}/{name}");

    internal void UartSend(ReadOnlyMemory<byte> bytes) => _outside.UartSent(_engine.Now, bytes);

    internal void SetReachable(bool reachable)
    {
        if (reachable != _reachable)
        {
            _reachable = reachable;
            _outside.ReachableChanged(_engine.Now, reachable);
            if (reachable)
            {
                // A service that was dead before stays dead: the stack came back, not the firmware.
                foreach (PlugService service in _mute)
                {
                    _outside.ServiceChanged(_engine.Now, service, false);
                }
            }
        }
    }

    /// <summary>The address at which the stack answers; of the last number alone, and null is the usual one.</summary>
    internal void SetAddress(string address)
    {
        int? number = address == Station.UsualAddress ? null : int.Parse(address[(address.LastIndexOf('.') + 1)..], CultureInfo.InvariantCulture);
        if (number != _addressNumber)
        {
            _addressNumber = number;
            _outside.AddressChanged(_engine.Now, number);
        }
    }

    internal void SetService(PlugService service, bool answers)
    {
        if (answers ? _mute.Remove(service) : _mute.Add(service))
        {
            _outside.ServiceChanged(_engine.Now, service, answers);
        }
    }

    internal void SetLoss(double share)
    {
        if (share != _ownLoss)
        {
            _ownLoss = share;
            _outside.LossChanged(_engine.Now, Loss);
        }
    }

    /// <summary>The supply fails by itself and stays off until it is switched again.</summary>
    internal void FailSupply()
    {
        RomFaults = new RomFaults();
        Supply.Commanded = false;
        SupplyChanged();
    }

    /// <summary>The chip resets and starts again.</summary>
    internal void ResetChip()
    {
        Halt();
        StartIfReleased();
    }

    /// <summary>Download mode is over, or was not entered: what stands in flash runs.</summary>
    internal void RunFromFlash()
    {
        _rom = null;
        new Bootloader(this, _scope!).Run();
    }

    /// <summary>The boot loader hands over.</summary>
    internal void RunFirmware(BootScope scope, string version, ResetReason reason) =>
        _firmware = new PlugFirmware(this, scope, version, reason);

    /// <summary>Output pins changed: follow them with relay, LED and SEL.</summary>
    internal void PinsChanged()
    {
        _outputs.Follow(_running ? _firmware?.Pins.Levels : null, Supply.Live);
        _housing.Follow(Supply.Live, ContactClosed && Config.LineVolts > 0 ? Config.LoadWatts / Config.LineVolts : 0, _engine.Now);
        _mains.Follow(Supply.Live ? Config.LineVolts : 0, ContactClosed ? Config.LoadWatts : 0, Config.LoadPowerFactor, _engine.Now);
        if (!_injected)
        {
            bool counts = Supply.MeterChipRuns && !_meterChipHangs;
            _pulses.FollowLoad(counts ? Config.LineVolts : 0, counts && ContactClosed ? Config.LoadWatts : 0, Config.LoadPowerFactor, Config.Gain, _engine.Now);
        }
    }

    private void Halt()
    {
        Unpacking = false;
        _scope?.End();
        _scope = null;
        _rom = null;
        _firmware?.Died();
        _firmware = null;
        SetReachable(false);
        _mute.Clear();
        SetLoss(0);
        PinsChanged();
    }

    private void StartIfReleased()
    {
        if (!_running || _reset)
        {
            return;
        }

        PinsChanged();
        _scope = new BootScope(_engine);
        _rom = Chip.Start(this, _scope, _boot);
    }
}
