"""Names and contents of projects, put together from words: enough of them that few are alike by chance."""

from __future__ import annotations

import random


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


PLACES = [
    f"{one}{two}"
    for one in "东西南北中上下新老大小高平安永清白"
    for two in ("湖镇", "山乡", "河街道", "城区", "园区", "流域")
]
THEMES = words(
    "智慧水务 城市治理 基层医疗 教育资源 应急指挥 林草防火 交通信号 粮食储备 档案数字化 政务服务 社会信用 "
    "公共安全视频 农产品溯源 文旅导览 养老服务 生态环境监测 停车管理 燃气监管 不动产登记 劳动监察 网格巡查 "
    "财政预算 会议保障 机房改造 电子政务外网 数据共享交换 人口库 地名地址 执法记录 危化品运输 河道视频 "
    "地质灾害预警 学籍管理 药品追溯 电梯监管 老旧小区消防"
)
KINDS = words("系统 平台 数据中心 终端采购 升级改造 运行维护 二期工程 一张图 移动应用 监测网络")
VERBS = words("建设 改造 接入 整合 采集 汇聚 治理 展示 监测 预警 调度 归档 核验 备份 扩容")
OBJECTS = words(
    "前端感知设备 数据资源目录 业务办理流程 三维可视化模型 统一身份认证 移动巡查终端 视频分析算力 接口网关 "
    "信用评价指标 应急预案库 历史纸质档案 专题数据库 统计报表 安全防护设备 云上存储 短信通道 电子证照 物联网卡 "
    "地理底图 知识图谱"
)
ENDS = words(
    "，覆盖全部村和社区 ，与市级平台对接 ，满足等级保护三级 ，供各科室共用 ，替换超期设备 ，实现一次采集 "
    "，保留三年记录 ，支持离线使用 ，按季度评估 ，由运维单位值守 ，分两年实施 ，复用已有机房"
)


def names() -> list[str]:
    """Names of projects, the same at each run."""
    found = [f"{place}{theme}{kind}" for place in PLACES for theme in THEMES for kind in KINDS]
    random.Random(7).shuffle(found)
    return found


def lines() -> list[str]:
    """Sentences of contents, the same at each run."""
    chance = random.Random(7)
    return [f"{chance.choice(PLACES)}{one}{two}{end}。" for one in VERBS for two in OBJECTS for end in ENDS]
