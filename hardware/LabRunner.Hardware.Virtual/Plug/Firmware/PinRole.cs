namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>Pin roles; the numbers are OpenBeken's (new_http.c htmlPinRoleNames).</summary>
internal enum PinRole
{
    None = 0,
    Rel = 1,
    RelInverted = 2,
    Btn = 3,
    BtnInverted = 4,
    Led = 5,
    LedInverted = 6,
    WifiLed = 8,
    WifiLedInverted = 9,
    BtnToggleAll = 10,
    BtnToggleAllInverted = 11,
    DigitalInput = 12,
    DigitalInputInverted = 13,
    DigitalInputNoPullUp = 15,
    DigitalInputNoPullUpInverted = 16,
    Sel = 17,
    Cf = 18,
    Cf1 = 19,
    AlwaysHigh = 34,
    AlwaysLow = 35,
    BtnScriptOnly = 40,
    SelInverted = 64,
}

/// <summary>Role names as the device lists them.</summary>
internal static class PinRoles
{
    /// <summary>Index = role number.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        " ", "Rel", "Rel_n", "Btn", "Btn_n", "LED", "LED_n", "PWM", "WifiLED", "WifiLED_n", "Btn_Tgl_All", "Btn_Tgl_All_n",
        "dInput", "dInput_n", "TglChanOnTgl", "dInput_NoPullUp", "dInput_NoPullUp_n", "BL0937SEL", "BL0937CF", "BL0937CF1", "ADC",
        "SM2135DAT", "SM2135CLK", "BP5758D_DAT", "BP5758D_CLK", "BP1658CJ_DAT", "BP1658CJ_CLK", "PWM_n", "IRRecv", "IRSend",
        "Btn_NextColor", "Btn_NextColor_n", "Btn_NextDimmer", "Btn_NextDimmer_n", "AlwaysHigh", "AlwaysLow", "UCS1912_DIN", "SM16703P_DIN",
        "Btn_NextTemperature", "Btn_NextTemperature_n", "Btn_ScriptOnly", "Btn_ScriptOnly_n", "DHT11", "DHT12", "DHT21", "DHT22",
        "CHT83XX_SDA", "CHT83XX_SCK", "SHT3X_SDA", "SHT3X_SCK", "SoftSDA", "SoftSCL", "SM2235DAT", "SM2235CLK", "BridgeFWD", "BridgeREV",
        "Btn_SmartLED", "Btn_SmartLED_n", "DoorSnsrWSleep", "DoorSnsrWSleep_nPup", "BAT_ADC", "BAT_Relay", "TM1637_DIO", "TM1637_CLK",
        "BL0937SEL_n", "DoorSnsrWSleep_pd",
    ];

    /// <summary>Looks a role up by its name, ignoring case.</summary>
    public static PinRole? Find(string name)
    {
        for (int i = 1; i < Names.Count; i++)
        {
            if (string.Equals(Names[i], name, StringComparison.OrdinalIgnoreCase))
            {
                return (PinRole)i;
            }
        }

        return name.Length == 0 || string.Equals(name, "none", StringComparison.OrdinalIgnoreCase) ? PinRole.None : null;
    }

    /// <summary>A button of any kind.</summary>
    public static bool IsButton(PinRole role) =>
        role is PinRole.Btn or PinRole.BtnInverted or PinRole.BtnToggleAll or PinRole.BtnToggleAllInverted or PinRole.BtnScriptOnly;

    /// <summary>An input whose channel is its level.</summary>
    public static bool IsDigitalInput(PinRole role) =>
        role is PinRole.DigitalInput or PinRole.DigitalInputInverted or PinRole.DigitalInputNoPullUp or PinRole.DigitalInputNoPullUpInverted;

    /// <summary>A relay of either polarity.</summary>
    public static bool IsRelay(PinRole role) => role is PinRole.Rel or PinRole.RelInverted;
}
