using System.Globalization;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Rom;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>From the SDK's banner to the main loop, line by line in the order of SDK bfl_main.c and the app's user_main.c.</summary>
internal sealed class BootSequence(PlugFirmware firmware, Chance chance)
{
    private const string Rule = "------------------------------------------------------------\r\n";

    private const string Art =
        "  ██████╗ ██╗      ██████╗  ██████╗ ██████╗\r\n"
        + "  ██╔══██╗██║     ██╔════╝ ██╔═████╗╚════██╗\r\n"
        + "  ██████╔╝██║     ███████╗ ██║██╔██║ █████╔╝\r\n"
        + "  ██╔══██╗██║     ██╔═══██╗████╔╝██║██╔═══╝\r\n"
        + "  ██████╔╝███████╗╚██████╔╝╚██████╔╝███████╗\r\n"
        + "  ╚═════╝ ╚══════╝ ╚═════╝  ╚═════╝ ╚══════╝\r\n";

    private PlugLog Log => firmware.Log;

    public void Run()
    {
        if (firmware.Plug.Chip != Bl602Chip.Instance)
        {
            // What the other SDKs print before the app is not written down in the facts: nothing is made up.
            firmware.Scope.After(500, BeforeDelay);
            return;
        }

        Log.Raw("Starting bl602 now....\r\n");
        Log.Raw("Booting BL602 Chip...\r\n");
        Log.Raw(Art);
        Log.Raw(Rule);
        Log.Raw("RISC-V Core Feature:RV32-ACFIMX\r\n");
        Log.Raw($"Build Version: {firmware.Version}\r\nBuild Date: Jul 24 2026\r\nBuild Time: 08:31:05\r\n");
        Log.Raw(Rule);
        Log.Raw("[IRQ] Clearing and Disable all the pending IRQ...\r\n");
        firmware.Scope.After(20 + chance.Below(10), Sdk);
    }

    /// <summary>Pins, channels, commands and the meter driver: left out in safe mode, made up for by the unsafe init.</summary>
    public static void InitPins(PlugFirmware firmware, bool runScripts)
    {
        firmware.Channels.ApplyStartValues();
        firmware.Commands.RegisterAll();
        firmware.Http.RegisterApi();
        if (runScripts && !firmware.Config.HasFlag(36))
        {
            firmware.Meter.StartIfPinsAllow();
        }

        TimeSpan hold = firmware.Faults.Select(f => f.RelayHold).DefaultIfEmpty().Max();
        firmware.Pins.SetUp(hold);
        if (firmware.Meter.Running)
        {
            firmware.Pins.DriveSel(true);
        }

        if (firmware.Plug.ButtonPushed)
        {
            firmware.Button.PushedAtStart();
        }
    }

    private void Sdk()
    {
        Log.Raw("[HAL] [BOOT2] Active Partition[0] consumed 556 Bytes\r\n");
        Log.Raw("======= PtTable_Config @0x42049c28=======\r\nmagicCode 0x54504642; version 0x0000; entryCnt 5; age 0; crc32 0x5E2E1B4C\r\n"
            + "idx  type device active_idx     name   address[0]  address[1]  length[0]   length[1]   age\r\n"
            + "[00]  00     0         0         FW    0x00010000  0x000d8000  0x000c8000  0x00088000  0\r\n");
        Log.Raw("[OS] Starting aos_loop_proc task...\r\n");
        Log.Raw("[OS] Starting OS Scheduler...\r\n");
        firmware.Scope.After(30, () =>
        {
            Log.Raw("[OS] Starting proc_mian_entry task...\r\n");
            Log.Raw("[OS] Starting TCP/IP Stack...\r\n");
            Log.Raw(string.Create(CultureInfo.InvariantCulture, $"Start Wi-Fi fw @{(int)(firmware.Scope.Now - firmware.Scope.Started).TotalMilliseconds}ms\r\n"));
        });
        firmware.Scope.After(150 + chance.Below(60), () =>
        {
            Log.Raw("[APP] [EVT] INIT DONE\r\n");
            Log.Raw("[APP] [EVT] MGMR DONE\r\n");
        });
        firmware.Scope.After(500, BeforeDelay);
    }

    private void BeforeDelay()
    {
        Log.Raw("Entering initLog()...\r\nCommands registered!\r\ninitLog() done!\r\n");
        Log.Raw($"{firmware.Plug.Chip.FirmwareName}, version {firmware.Version}\r\n");
        Log.Info("MAIN", "Main_Init_Before_Delay");
        FlashVars vars = firmware.Plug.Flash.Vars;
        vars.BootCount++;
        firmware.BootFailures = vars.Failures;
        firmware.SafeMode = firmware.BootFailures > 4;
        SafeModeLine();
        Log.Warn("CFG", string.Create(CultureInfo.InvariantCulture, $"CFG_InitAndLoad: Correct config has been loaded with {firmware.Config.ChangeCounter} changes count."));
        if (!firmware.SafeMode)
        {
            InitPins(firmware, runScripts: true);
        }

        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnPinsSetUp(firmware);
        }

        if (firmware.Scope.Ended)
        {
            return;
        }

        Log.Info("MAIN", "Main_Init_Before_Delay done");
        Log.Info("MAIN", "Main_Init_Delay");
        Log.Info("MAIN", "Main_Init_Delay done");
        firmware.Scope.After(40, AfterDelay);
    }

    private void SafeModeLine()
    {
        if (firmware.SafeMode)
        {
            Log.Info("MAIN", string.Create(CultureInfo.InvariantCulture, $"###### safe mode activated - boot failures {firmware.BootFailures}"));
        }
    }

    private void AfterDelay()
    {
        Log.Info("MAIN", "Main_Init_After_Delay");
        SafeModeLine();
        firmware.Watchdog.Arm();
        firmware.Wifi.Start();
        Log.Info("MAIN", $"Using SSID [{firmware.Config.Ssid}]");
        Log.Info("MAIN", $"Using Pass [{firmware.Config.WifiPassword}]");
        firmware.Http.Start();
        if (!firmware.SafeMode && firmware.Config.StartupCommand.Length > 0)
        {
            firmware.Commands.Execute(firmware.Config.StartupCommand);
        }

        Log.Info("MAIN", "Main_Init_After_Delay done");
        firmware.Loop.Start();
    }
}
